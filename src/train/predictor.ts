import type * as E from 'fp-ts/lib/Either.js'
import { compileProgram, loadPlan, type Target } from '../../compiler/compile.js'
import { checkOptions, checkValue, count, type Domains } from '../../dsl/domains.js'
import { tracePredict } from '../../dsl/trace/step.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import type { Answer, Data, Feedable, WeightsFor } from '../../dsl/types/training.js'
import { Arena } from '../../runtime/arena.js'
import { withoutDenormals } from '../../runtime/denormals.js'
import type { Executable } from '../../runtime/executable.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { attempt } from '../errors.js'
import { type InPlace, tensorInPlace } from '../in-place.js'
import { TARGETS } from '../targets.js'
import { type Task, taskOf } from '../task.js'
import { answerOf, answersOf, type RoomForOutput } from './answers.js'
import * as domains from './domains.js'
import { inputTensors, isOne, type OneOrNamed, type Port } from './given.js'
import type { WeightLayout } from './programs.js'
import { checkInputs, dataDims, type FedModel, feed, traceOf, uncheckedStreams } from './samples.js'
import { allFinite } from './saved.js'
import type { Streams } from './targets.js'
import { checkFiniteWeights, flatOf, leavesOf, type WeightTree } from './weights.js'

/** Options of `predictor`. */
export interface PredictorOptions {
  /** Rows for each run of the compiled code; other numbers of rows work as well. Default: 1. */
  readonly batchSize?: number
  /** What the model is compiled to. Default: 'wasm'. */
  readonly target?: Target
  /** Sizes of the symbols in the model's input, except the batch, by name. */
  readonly sizes?: Readonly<Record<string, number>>
}

const PREDICTOR: Domains<PredictorOptions> = { batchSize: count, target: TARGETS, sizes: domains.sizes }

/** A model with its weights, compiled: called with data, it gives the answer at once, without a promise. */
export interface Predictor<M> {
  <X>(x: Data<'predict', M, X>): E.Either<Fault, Answer<M, X>>
  /**
   * Compiles the model for data of this shape, all rows at once, in a memory of its own that holds the data, which
   * starts with these elements, and the answer. Fails with a user fault if the data does not fit the model.
   */
  readonly inPlace: <X>(like: Data<'predict', M, X>) => Task<InPlace<X, Answer<M, X>>>
  /**
   * Replaces the weights without compiling again. What `inPlace` gave before keeps its own weights. Fails with a user
   * fault if the weights do not fit the model; the old ones then stay.
   *
   * @example
   * ```ts
   * import { dense, init, input, predictor, sequential, unwrap } from 'densor'
   *
   * const model = sequential(input(4), dense(2, 'softmax'))
   * const policy = await predictor(model, unwrap(init(model)))
   * unwrap(policy.setWeights(unwrap(init(model, { seed: 1 }))))
   * ```
   */
  readonly setWeights: (weights: WeightsFor<M, AnyTensor>) => E.Either<Fault, void>
}

/**
 * Compiles a model with its weights for answers without waiting, in a service or an animation; `predict` is
 * for whole data sets. Fails with a user fault if the model, the weights and the options do not fit together.
 *
 * @example
 * ```ts
 * import { dense, init, input, predictor, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(4), dense(2, 'softmax'))
 * const answer = await predictor(model, unwrap(init(model)))
 * console.log(unwrap(answer([[0.1, 0.2, 0.3, 0.4]])).data) // two probabilities
 * ```
 */
export const predictor = <M extends Feedable>(
  model: M,
  weights: WeightsFor<M, AnyTensor>,
  options: PredictorOptions = {},
): Task<Predictor<M>> =>
  taskOf('predictor', async () => {
    checkValue('predictor', 'the second argument', domains.weights, weights, 'wrong-weights')
    checkOptions('predictor', PREDICTOR, options)
    const { batchSize = 1, target = 'wasm', sizes } = options
    // The typed edge: WeightsFor is a record of records of tensors, which its conditional type cannot show.
    let tree = weights as WeightTree
    const compileFor = (fed: FedModel, arena: Arena, checked: boolean): Promise<Weighted> =>
      compileWith(tree, fed, arena, target, checked)
    const arena = new Arena()
    const compiled = new Map<number, Weighted>()
    for (const rows of new Set([batchSize, 1])) {
      const fed = feed(model, dataDims('predictor', model, rows, sizes), 'predictor')
      compiled.set(rows, await compileFor({ ...fed, rows }, arena, true))
    }
    const fedWith = rememberingLast(x => feed(model, x, 'predict'))
    const answer = (given: unknown): OneOrNamed<AnyTensor> => {
      const x = inputTensors(model, given, 'predict')
      const fed = fedWith(x)
      const answers = answersOf(fed)
      const streams = uncheckedStreams(fed, x, 'predict: x')
      if (!runAll(compiled, batchSize, fed.rows, streams, answers)) checkInputs(fed, streams, 'predict: x')
      if (!answers.every(({ tensor }) => allFinite(tensor.data)))
        checkFiniteWeights(tree, 'predict: the weights')
      return answerOf(answers)
    }
    const inPlace = (given: unknown) =>
      taskOf('predictor', async () => {
        const x = inputTensors(model, given, 'predict')
        const fed = feed(model, x, 'predict')
        const streams = uncheckedStreams(fed, x, 'predict: x')
        checkInputs(fed, streams, 'predict: x')
        checkInPlace(x)
        return inPlaceOf((await compileFor(fed, new Arena(), false)).executable, fed, streams)
      })
    // The typed edge: the signature has checked x, and the outputs' dimensions are those that it computes.
    return Object.assign((x: unknown) => attempt(() => answer(x) as never), {
      inPlace: (like: unknown) => inPlace(like) as never,
      setWeights: (next: unknown) =>
        attempt(() => {
          for (const one of compiled.values()) putWeights(one, next as WeightTree, 'setWeights: the weights')
          tree = next as WeightTree
        }),
    })
  })

/** A plan, and where the weights lie in it. */
interface Weighted {
  readonly executable: Executable
  readonly layout: WeightLayout
}

/** The plan for the rows of some data, with the weights in their place. */
const compileWith = async (
  weights: WeightTree,
  fed: FedModel,
  arena: Arena,
  target: Target,
  checked: boolean,
): Promise<Weighted> => {
  const step = tracePredict(traceOf(fed, fed.rows), { checked })
  const { fixed } = step
  const reserve = (bytes: number): number => arena.reserve(bytes)
  const plan = await compileProgram(step.program, { target, fixed, clean: ['params', 'state'], reserve })
  const compiled = { executable: await loadPlan(plan, arena), layout: step.layout }
  putWeights(compiled, weights, 'predictor: the weights')
  return compiled
}

/** Weights in their place, and what depends on them alone computed again. */
const putWeights = ({ executable, layout }: Weighted, weights: WeightTree, what: string): void => {
  const { params, state } = flatOf(layout, leavesOf(weights), what)
  if (params.length > 0) executable.port('params').set(withoutDenormals(params))
  if (state.length > 0) executable.port('state').set(withoutDenormals(state))
  executable.prepare()
}

/** Other data is converted where it is copied; here it is not. */
const checkInPlace = (x: OneOrNamed<AnyTensor>): void => {
  const tensors: readonly AnyTensor[] = isOne(x) ? [x] : Object.values(x)
  const other = tensors.find(({ dtype }) => dtype !== 'f32')
  if (other === undefined) return
  throw userFault('dtype-mismatch', `predict: data in place is f32, received ${other.dtype}`, {
    suggestion: 'make it with tensor(…) of floats',
  })
}

const inPlaceOf = (
  executable: Executable,
  { inputs, outputs }: FedModel,
  streams: Streams,
): InPlace<OneOrNamed<AnyTensor>, OneOrNamed<AnyTensor>> => {
  const placed = (ports: readonly Port[]): OneOrNamed<AnyTensor> => {
    const tensors = ports.map(({ name, port }) => [name, tensorInPlace(executable, port)] as const)
    const [first] = tensors
    return first?.[0] === '' ? first[1] : Object.fromEntries(tensors)
  }
  for (const [port, { data }] of Object.entries(streams)) executable.port(port).set(data)
  return { inputs: placed(inputs), outputs: placed(outputs), run: () => executable.step() }
}

type Fitting = (x: OneOrNamed<AnyTensor>) => FedModel

/** A request is mostly shaped like the one before it: the model is fitted to data once for each change of shape. */
const rememberingLast = (fit: Fitting): Fitting => {
  let last: { readonly dims: string; readonly fed: FedModel } | undefined
  return x => {
    const dims = isOne(x) ? x.dims.join() : undefined
    if (dims === undefined) return fit(x)
    if (last?.dims !== dims) last = { dims, fed: fit(x) }
    return last.fed
  }
}

/**
 * Full batches through the large plan, the rows that are left one by one; whether all of the data is finite. The plans
 * find out beside their work: element by element in JavaScript, it took a twentieth of a large batch's time.
 */
const runAll = (
  compiled: ReadonlyMap<number, Weighted>,
  batchSize: number,
  rows: number,
  streams: Streams,
  answers: readonly RoomForOutput[],
): boolean => {
  let allFinite = true
  for (let row = 0; row < rows; ) {
    const size = rows - row >= batchSize ? batchSize : 1
    const executable = compiled.get(size)?.executable
    if (executable === undefined) break
    for (const [port, { data }] of Object.entries(streams)) {
      const width = data.length / rows
      executable.port(port).set(data.subarray(row * width, (row + size) * width))
    }
    executable.step()
    allFinite &&= executable.port('finite')[0] === 0
    for (const { port, width, tensor } of answers) tensor.data.set(executable.port(port), row * width)
    row += size
  }
  return allFinite
}
