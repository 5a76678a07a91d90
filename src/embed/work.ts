/** The build itself: it runs the user's module, so it has a process of its own (`child.ts`). */
import { findLoss } from '../../dsl/losses.js'
import { findOptimizer } from '../../dsl/optimizers.js'
import type { WeightVectors } from '../../dsl/trace/initial.js'
import type { WeightLayout } from '../../dsl/trace/layout.js'
import { Fault, userFault } from '../../runtime/fault.js'
import { type Exports, loadModuleWithFiles } from '../cli/load-module.js'
import { modelsOf } from '../cli/models.js'
import { grouped } from '../text.js'
import { signatureOf } from './banner.js'
import { emitC } from './c/emit.js'
import { beginBuilding, embedRecordOf, vectorsOfFile } from './embed.js'
import { emitModels, emitModule, type ModelParts } from './emit.js'
import type { PlanOptions } from './options.js'
import { type EmbedPlan, planModel } from './plan.js'
import type { BuildRequest, BuildResult, BuiltModel } from './request.js'
import { lossOfFormat } from './validate.js'

/** A model to be built, from `embed` or a plain export. */
interface Job {
  readonly name: string
  readonly model: unknown
  readonly options: PlanOptions
  readonly weights: ((layout: WeightLayout) => WeightVectors) | undefined
  readonly file: string | undefined
  readonly place: () => string | undefined
}

/** What a fault lacks when it leaves the process: where it arose, and which files were read. */
export class BuildFault extends Error {
  constructor(
    readonly fault: Fault,
    readonly inputs: readonly string[],
    readonly place: string | undefined,
  ) {
    super(fault.message)
  }
}

const planOptionsOf = ({ plan, language }: BuildRequest): PlanOptions => {
  if (language === 'c') return cOptionsOf(plan)
  const { train, ...rest } = plan
  if (train === undefined) return rest
  const { loss, optimizer, batch } = train
  return { ...rest, train: { loss: findLoss(loss), optimizer: findOptimizer(optimizer), batch } }
}

/** C predicts so many rows a call; wasm is what its test program is compared with. */
const cOptionsOf = ({
  train,
  ...rest
}: Omit<PlanOptions, 'train'> & { readonly train?: unknown }): PlanOptions => {
  if (train !== undefined)
    throw userFault('bad-option', 'the C of a model predicts; it does not train', {
      suggestion: 'Leave --train out, or build for wasm or js.',
    })
  return { ...rest, target: 'wasm', fixed: true }
}

const embeddedJobs = (exports: Exports, only: string | undefined): readonly Job[] =>
  Object.entries(exports).flatMap(([name, value]) => {
    const found = embedRecordOf(value)
    return found === undefined || (only !== undefined && name !== only) ? [] : [{ name, ...found }]
  })

/** What is asked of a build stands above what `embed` was called with. */
const asked = (job: Job, request: BuildRequest, count: number): Job => {
  const { weights, language } = request
  if (weights !== undefined && count > 1) throw severalModels(request, count)
  const { train, ...rest } = job.options
  const own = language === 'c' || train === undefined ? rest : { ...rest, train }
  const read = weights === undefined ? {} : { weights: weightsFrom(weights), file: weights }
  return { ...job, ...read, options: { ...own, ...planOptionsOf(request) } }
}

const weightsFrom =
  (file: string) =>
  (layout: WeightLayout): WeightVectors =>
    vectorsOfFile(layout, file)

const severalModels = ({ file, weights }: BuildRequest, count: number): Fault =>
  userFault('several-models', `${file} exports ${count} models, and ${weights} is of one`, {
    suggestion: 'Say which with --model NAME.',
  })

const jobsOf = (request: BuildRequest, exports: Exports): readonly Job[] => {
  const { file, only, weights, embeddedOnly = false } = request
  const embedded = embeddedJobs(exports, only)
  if (embedded.length > 0) return embedded.map(job => asked(job, request, embedded.length))
  if (embeddedOnly)
    throw userFault('no-model', `${file} exports nothing that embed made`, {
      suggestion: 'Export compiled models, e.g. export const digits = embed(model, { weights }).',
    })
  const models = modelsOf(file, exports, only)
  if (weights !== undefined && models.length > 1) throw severalModels(request, models.length)
  const options = planOptionsOf(request)
  const read = weights === undefined ? undefined : weightsFrom(weights)
  return models.map(({ name, model }) => ({
    name,
    model,
    options,
    weights: read,
    file: weights,
    place: () => undefined,
  }))
}

/** Names become files, which some systems do not tell apart by case, and variables. */
const checkNames = (jobs: readonly Job[]): void => {
  const seen = new Map<string, string>()
  for (const { name } of jobs) {
    if (!/^[A-Za-z_$][\w$]*$/.test(name))
      throw userFault('bad-name', `the export ${JSON.stringify(name)} cannot be the name of a module`, {
        suggestion: 'Export the model under a name of letters, digits and _.',
      })
    const other = seen.get(name.toLowerCase())
    if (other !== undefined)
      throw userFault(
        'name-twice',
        `two models have the name ${name}${other === name ? '' : ` or ${other}`}`,
        {
          suggestion: 'Give them names that differ in more than capitals.',
        },
      )
    seen.set(name.toLowerCase(), name)
  }
}

/** Refuses `storage` options for weights if the model is built without weights. */
const checkStorage = ({ name, layout }: EmbedPlan, { storage }: BuildRequest): void => {
  const { weights = 'inline', format = 'f32' } = storage
  if (layout.weights.length === 0 || (weights !== 'file' && format === 'f32')) return
  const how = format === 'f32' ? 'in a file' : `as ${format}`
  throw userFault('no-weights', `${name}: there are no weights to be stored ${how}`, {
    suggestion: 'Give the file that fit saved with --load FILE.',
  })
}

const describe = (plan: EmbedPlan, { language }: BuildRequest, notes: readonly string[]): BuiltModel => {
  const code = language === 'c' ? '' : `, ${grouped(plan.code.length)} bytes of ${plan.target}`
  const weights = grouped(plan.layout.params + plan.layout.state)
  return {
    name: plan.name,
    signature: signatureOf(plan),
    notes: [`${weights} weights, ${plan.kernels.length} kernels${code}`, ...notes],
  }
}

const emit = async ({ form, storage, language }: BuildRequest, parts: readonly ModelParts[]) => {
  if (form === 'models') return emitModels(parts, storage)
  if (language === 'c') return parts.flatMap(part => emitC(part))
  return (await Promise.all(parts.map(part => emitModule(part, storage)))).flat()
}

/** Makes the files of the models among some exports. Adds each file that is read to `inputs`. Throws a `BuildFault`. */
export const workOn = async (
  request: BuildRequest,
  load: () => Promise<Exports>,
  inputs: Set<string>,
): Promise<BuildResult> => {
  let current: Job | undefined
  try {
    beginBuilding()
    const jobs = jobsOf(request, await load())
    checkNames(jobs)
    const parts: ModelParts[] = []
    const models: BuiltModel[] = []
    for (const job of jobs) {
      if (job.file !== undefined) inputs.add(job.file)
      current = job
      const plan = planModel(job.name, job.model, job.options, { prepares: request.language !== 'c' })
      const weights = job.weights?.(plan.layout)
      if (weights === undefined) checkStorage(plan, request)
      parts.push({ plan, weights })
      const notes = weights === undefined ? [] : lossOfFormat(request, plan, weights)
      models.push(describe(plan, request, notes))
    }
    current = undefined
    return { files: await emit(request, parts), models, inputs: [...inputs] }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new BuildFault(error, [...inputs], current?.place())
  }
}

/** Runs the user's module, written to `temporary` meanwhile, and makes the files. Throws a `BuildFault`. */
export const work = (request: BuildRequest, temporary: string): Promise<BuildResult> => {
  const inputs = new Set([request.file])
  const load = async (): Promise<Exports> => {
    const { exports, files } = await loadModuleWithFiles(request.file, temporary)
    for (const file of files) inputs.add(file)
    return exports
  }
  return workOn(request, load, inputs)
}
