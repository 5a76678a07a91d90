/** From a model to everything that its module holds, as plain data: code, addresses, shapes, weights. */
import { scheduleProgram } from '../../compiler/compile.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printJs } from '../../compiler/targets/js.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { findOptimizer } from '../../dsl/optimizers.js'
import type { ModelTrace } from '../../dsl/trace/forward.js'
import type { WeightLayout } from '../../dsl/trace/layout.js'
import { type StepProgram, tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { KernelReport, PlanPort } from '../../runtime/plan.js'
import { keyOf } from '../../runtime/random.js'
import { derive } from '../data/keys.js'
import { withFewNames } from './few-names.js'
import { mergeModules } from './merge.js'
import { checkPlan, type EmbedTarget, type PlanOptions } from './options.js'

/** An input or output of prediction: the shape of one row, and where the rows of the largest step lie. */
export interface EmbedPort {
  readonly name: string
  readonly shape: readonly number[]
  readonly address: number
}

/** A step of prediction: its rows, and the name of its function. */
export interface EmbedStep {
  readonly rows: number
  readonly name: string
}

/** Where the training step reads and writes, in bytes. */
export interface TrainPlan {
  readonly rows: number
  readonly inputs: readonly EmbedPort[]
  readonly target: EmbedPort & { readonly dtype: 'f32' | 'i32' }
  readonly rate: number
  readonly loss: number
  readonly learningRate: number
  readonly optimizer: string
  readonly lossName: string
  /** Bytes to put into the memory before the first step, beside the constants. */
  readonly key: { readonly address: number; readonly words: readonly [number, number] } | undefined
  readonly seed: number
}

/** A kernel of the code, and what it is of. */
export interface EmbedKernel extends KernelReport {
  /** The name of its function in the code. */
  readonly function: string
}

/** One model, compiled for a module. */
export interface EmbedPlan {
  readonly name: string
  readonly target: EmbedTarget
  readonly code: Uint8Array<ArrayBuffer> | string
  /** The loops that the code was printed from. */
  readonly module: LoopModule
  readonly memoryBytes: number
  /** Bytes of the memory that are in use, from 0 on. */
  readonly usedBytes: number
  /** The model's input and output have no names. */
  readonly single: boolean
  readonly inputs: readonly EmbedPort[]
  readonly outputs: readonly EmbedPort[]
  /** From many rows to few. */
  readonly steps: readonly EmbedStep[]
  /** Functions to be called when weights were put into the memory: they do once what depends on weights alone. */
  readonly prepares: readonly string[]
  /** The number of rows that are taken; 0 where any is. */
  readonly fixed: number
  readonly layout: WeightLayout
  /** Addresses of the vectors of weights. */
  readonly params: number
  readonly state: number
  readonly constants: readonly { readonly offset: number; readonly data: Uint8Array<ArrayBuffer> }[]
  readonly kernels: readonly EmbedKernel[]
  readonly train: TrainPlan | undefined
}

const LINE = 64
const PAGE = 65536
const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to

/** Hands out addresses, lowest first. */
class Region {
  used = LINE

  readonly take = (bytes: number): number => {
    const address = this.used
    this.used += roundUp(bytes, LINE)
    return address
  }
}

/** The name after the port's prefix; the prefix itself for a model without names. */
const ownName = (port: string): string => port.slice(port.indexOf('.') + 1)

/**
 * One program in the shared memory; inputs that are fixed are written before all steps, and prepared then. Weights hold
 * no denormal numbers but where they are prepared, which clears them.
 */
const place = (
  region: Region,
  { program, donate }: StepProgram,
  resident: Readonly<Record<string, number>>,
  fixed: readonly string[],
) => {
  const kept = fixed.length > 0 ? [] : ['params', 'state', ...donate.map(([, input]) => input)]
  return scheduleProgram(program, { donate, fixed, clean: kept, resident, reserve: region.take })
}

const typeOfPort = ({ program }: StepProgram, port: { readonly name: string; readonly value: number }) => {
  const type = program.types[port.value]
  if (type === undefined) throw bug(`port ${port.name} has no type`)
  return type
}

/** Gives the ports of prediction their places, for the largest step. */
const placePorts = (region: Region, step: StepProgram, which: 'inputs' | 'outputs'): readonly EmbedPort[] =>
  step.program[which]
    .filter(({ name }) => which === 'outputs' || step.streams.includes(name))
    .map(port => {
      const { shape } = typeOfPort(step, port)
      return { name: port.name, shape: shape.slice(1), address: region.take(4 * sizeOf(shape)) }
    })

const named = (ports: readonly EmbedPort[]): readonly EmbedPort[] =>
  ports.map(port => ({ ...port, name: ownName(port.name) }))

const addressesOf = (ports: readonly EmbedPort[]): Readonly<Record<string, number>> =>
  Object.fromEntries(ports.map(({ name, address }) => [name, address]))

/** Steps of prediction for so many rows: all of them at once, and one by one for what remains. */
const rowsOf = (batch: number, fixed: boolean): readonly number[] =>
  batch === 1 || fixed ? [batch] : [batch, 1]

const RANDOM_LAYERS = 3

const findPort = (ports: readonly PlanPort[], name: string): PlanPort => {
  const found = ports.find(port => port.name === name)
  if (found === undefined) throw bug(`the training step has no ${name}`)
  return found
}

/** What the place that a plan is made for asks of it. */
export interface PlanUse {
  /** Whether someone calls `prepares`. Default: true. */
  readonly prepares?: boolean
}

/** Compiles a model for a module. Faults as tracing does. */
export const planModel = (
  name: string,
  model: unknown,
  options: PlanOptions,
  { prepares = true }: PlanUse = {},
): EmbedPlan => {
  checkPlan(options)
  const { target = 'wasm', batch = 1, fixed = false, sizes = {}, train } = options
  const region = new Region()
  const trace = (rows: number): ModelTrace => ({ model, batch: rows, sizes })
  const largest = tracePredict(trace(batch))
  const { layout } = largest
  const params = region.take(4 * layout.params)
  const state = region.take(4 * layout.state)
  const inputs = placePorts(region, largest, 'inputs')
  const outputs = placePorts(region, largest, 'outputs')
  const resident = { params, state, ...addressesOf(inputs), ...addressesOf(outputs) }
  const steps = rowsOf(batch, fixed).map(rows => ({ rows, name: `predict${rows}` }))
  const parts = steps.map(step => {
    const traced = step.rows === batch ? largest : tracePredict(trace(step.rows))
    // weights that are trained change from step to step; in JavaScript, packing is more text and no faster
    const fixed = prepares && train === undefined && target === 'wasm' ? traced.fixed : []
    return [step.name, place(region, traced, resident, fixed)] as const
  })
  const training = train === undefined ? undefined : planTraining(region, trace, train, { params, state })
  const all = training === undefined ? parts : [...parts, ['train', training.schedule] as const]
  const merged = mergeModules(all.map(([step, { module }]) => [step, module]))
  const module = { functions: merged.functions.map(withFewNames) }
  const memoryBytes = roundUp(region.used, PAGE)
  return {
    name,
    target,
    module,
    memoryBytes,
    usedBytes: region.used,
    inputs: named(inputs),
    outputs: named(outputs),
    steps,
    prepares: merged.functions.map(f => f.name).filter(f => steps.some(s => f === `${s.name}_prepare`)),
    layout,
    params,
    state,
    code: target === 'js' ? printJs(module) : assemble(printWat(module, { pages: memoryBytes / PAGE })),
    single: inputs.length === 1 && outputs.length === 1 && inputs[0]?.name === 'x',
    fixed: fixed ? batch : 0,
    constants: all.flatMap(([, { storage }]) => storage.constants),
    kernels: all.flatMap(([step, { kernels }]) =>
      kernels.map(k => ({ ...k, function: `${step}_${k.name}` })),
    ),
    train: training?.plan,
  }
}

const planTraining = (
  region: Region,
  trace: (rows: number) => ModelTrace,
  { loss, optimizer = 'adam', batch = 8, seed = 0 }: NonNullable<PlanOptions['train']>,
  resident: Readonly<Record<string, number>>,
) => {
  const chosen = findOptimizer(optimizer)
  const step = traceTrainStep(trace(batch), { loss, optimizer: chosen, totals: false })
  const schedule = place(region, step, resident, [])
  const { inputs, outputs } = schedule.storage
  const port = ({ name, shape, offset }: PlanPort): EmbedPort => ({
    name: ownName(name),
    shape: shape.slice(1),
    address: offset,
  })
  const streams = step.streams.map(name => findPort(inputs, name))
  const targets = streams.filter(({ name }) => /^y/.test(name))
  const [y] = targets
  if (y === undefined) throw bug('the training step has no target')
  const key = inputs.find(({ name }) => name === 'key')
  const [k0, k1] = derive(keyOf(seed), RANDOM_LAYERS)
  const plan: TrainPlan = {
    rows: batch,
    inputs: streams.filter(({ name }) => /^x/.test(name)).map(port),
    target: { ...port(y), dtype: y.dtype === 'i32' ? 'i32' : 'f32' },
    rate: findPort(inputs, 'rate').offset,
    loss: findPort(outputs, 'loss').offset,
    learningRate: chosen.learningRate,
    optimizer: chosen.kind,
    lossName: typeof loss === 'string' ? loss : loss.kind,
    key: key && { address: key.offset, words: [k0, k1] },
    seed,
  }
  return { schedule, plan }
}
