/** Keras's initializers: how a weight starts. They are data; `initial-values.ts` computes what they mean. */
import { ownOf } from '../runtime/own.js'
import {
  aboveZero,
  checkOptions,
  checkValue,
  type Domains,
  family,
  finite,
  notNegative,
  oneOf,
} from './domains.js'
import { inOwnCode } from './graph/place.js'
import type { Random } from './random.js'
import type { Initializer, InitializerName } from './types/options.js'

/** Every element the same. */
export interface Constant extends Initializer {
  readonly kind: 'constant'
  readonly value: number
}
/** Uniform between two values. */
export interface RandomUniform extends Initializer {
  readonly kind: 'randomUniform'
  readonly min: number
  readonly max: number
}
/** Normal; the truncated one is cut off at two deviations. */
export interface RandomNormal extends Initializer {
  readonly kind: 'randomNormal' | 'truncatedNormal'
  readonly mean: number
  readonly stddev: number
}
/** Zero mean, and a variance of scale / fan. */
export interface VarianceScaling extends Initializer {
  readonly kind: 'varianceScaling'
  readonly scale: number
  readonly mode: 'fanIn' | 'fanOut' | 'fanAvg'
  readonly distribution: 'truncatedNormal' | 'untruncatedNormal' | 'uniform'
}
/** A matrix with orthonormal columns, or rows, times `gain`. */
export interface OrthogonalInitializer extends Initializer {
  readonly kind: 'orthogonal'
  readonly gain: number
}
/** The identity matrix times `gain`. */
export interface Identity extends Initializer {
  readonly kind: 'identity'
  readonly gain: number
}
/** An initializer of your own; `random` gives a uniform number in (0, 1) for each index. */
export interface CustomInitializer extends Initializer {
  readonly kind: 'custom'
  readonly name: string
  readonly values: (shape: readonly number[], random: Random) => ArrayLike<number>
}

type Known =
  | Constant
  | RandomUniform
  | RandomNormal
  | VarianceScaling
  | OrthogonalInitializer
  | Identity
  | CustomInitializer

interface UniformOptions {
  readonly min?: number
  readonly max?: number
}
interface NormalOptions {
  readonly mean?: number
  readonly stddev?: number
}
interface GainOptions {
  readonly gain?: number
}
type ScalingOptions = Partial<Omit<VarianceScaling, 'kind'>>

const UNIFORM: Domains<UniformOptions> = { min: finite, max: finite }
const NORMAL: Domains<NormalOptions> = { mean: finite, stddev: notNegative }
const GAIN: Domains<GainOptions> = { gain: finite }
const SCALING: Domains<ScalingOptions> = {
  scale: aboveZero,
  mode: oneOf<VarianceScaling['mode']>({ fanIn: 1, fanOut: 1, fanAvg: 1 }),
  distribution: oneOf<VarianceScaling['distribution']>({
    truncatedNormal: 1,
    untruncatedNormal: 1,
    uniform: 1,
  }),
}

/**
 * An initializer that gives every element the same value: Keras's `Constant`. Default: 0.
 *
 * @example
 * ```ts
 * import { constant, dense, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { biasInitializer: constant(0.1) }))
 * ```
 */
export const constant = (value = 0): Constant => {
  checkValue('constant', 'the value', finite, value)
  return { kind: 'constant', value }
}
/**
 * An initializer that gives every element 0: Keras's `Zeros`, as the name 'zeros' does.
 *
 * @example
 * ```ts
 * import { dense, input, sequential, zeros } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { biasInitializer: zeros() }))
 * ```
 */
export const zeros = (): Constant => constant(0)
/**
 * An initializer that gives every element 1: Keras's `Ones`, as the name 'ones' does.
 *
 * @example
 * ```ts
 * import { dense, input, ones, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { biasInitializer: ones() }))
 * ```
 */
export const ones = (): Constant => constant(1)
/**
 * An initializer with uniform random numbers: Keras's `RandomUniform`. Defaults: min -0.05, max 0.05.
 *
 * @example
 * ```ts
 * import { dense, input, randomUniform, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: randomUniform({ min: -1, max: 1 }) }))
 * ```
 */
export const randomUniform = (options: UniformOptions = {}): RandomUniform => {
  checkOptions('randomUniform', UNIFORM, options)
  return { kind: 'randomUniform', min: options.min ?? -0.05, max: options.max ?? 0.05 }
}

const normal = (kind: RandomNormal['kind'], options: NormalOptions): RandomNormal => {
  checkOptions(kind, NORMAL, options)
  return { kind, mean: options.mean ?? 0, stddev: options.stddev ?? 0.05 }
}
/**
 * An initializer with normal random numbers: Keras's `RandomNormal`. Defaults: mean 0, stddev 0.05.
 *
 * @example
 * ```ts
 * import { dense, input, randomNormal, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: randomNormal({ stddev: 0.01 }) }))
 * ```
 */
export const randomNormal = (options: NormalOptions = {}): RandomNormal => normal('randomNormal', options)
/**
 * An initializer with normal random numbers that lie within two standard deviations: Keras's
 * `TruncatedNormal`. Defaults: mean 0, stddev 0.05.
 *
 * @example
 * ```ts
 * import { dense, input, sequential, truncatedNormal } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: truncatedNormal({ stddev: 0.02 }) }))
 * ```
 */
export const truncatedNormal = (options: NormalOptions = {}): RandomNormal =>
  normal('truncatedNormal', options)
/**
 * An initializer with random numbers of mean 0 and variance scale / fan: Keras's `VarianceScaling`. The fan
 * is the number of inputs of a unit ('fanIn'), of outputs ('fanOut') or the mean of both ('fanAvg').
 * Defaults: scale 1, mode 'fanIn', distribution 'truncatedNormal'.
 *
 * @example
 * ```ts
 * import { dense, input, sequential, varianceScaling } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: varianceScaling({ scale: 2, mode: 'fanAvg' }) }))
 * ```
 */
export const varianceScaling = (options: ScalingOptions = {}): VarianceScaling => {
  checkOptions('varianceScaling', SCALING, options)
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options
  return { kind: 'varianceScaling', scale, mode, distribution }
}
/**
 * An initializer with uniform random numbers within ±√(6 / (fanIn + fanOut)): Keras's `GlorotUniform`
 * (Glorot and Bengio 2010). The default for kernels.
 *
 * @example
 * ```ts
 * import { dense, glorotUniform, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: glorotUniform() }))
 * ```
 */
export const glorotUniform = (): VarianceScaling =>
  varianceScaling({ mode: 'fanAvg', distribution: 'uniform' })
/**
 * An initializer with truncated normal random numbers of variance 2 / (fanIn + fanOut): Keras's
 * `GlorotNormal` (Glorot and Bengio 2010).
 *
 * @example
 * ```ts
 * import { dense, glorotNormal, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: glorotNormal() }))
 * ```
 */
export const glorotNormal = (): VarianceScaling => varianceScaling({ mode: 'fanAvg' })
/**
 * An initializer with uniform random numbers within ±√(6 / fanIn): Keras's `HeUniform` (He et al. 2015).
 * Made for relu.
 *
 * @example
 * ```ts
 * import { dense, heUniform, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: heUniform() }))
 * ```
 */
export const heUniform = (): VarianceScaling => varianceScaling({ scale: 2, distribution: 'uniform' })
/**
 * An initializer with truncated normal random numbers of variance 2 / fanIn: Keras's `HeNormal` (He et al.
 * 2015). Made for relu.
 *
 * @example
 * ```ts
 * import { dense, heNormal, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: heNormal() }))
 * ```
 */
export const heNormal = (): VarianceScaling => varianceScaling({ scale: 2 })
/**
 * An initializer with uniform random numbers within ±√(3 / fanIn): Keras's `LecunUniform` (LeCun et al.
 * 1998).
 *
 * @example
 * ```ts
 * import { dense, input, lecunUniform, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: lecunUniform() }))
 * ```
 */
export const lecunUniform = (): VarianceScaling => varianceScaling({ distribution: 'uniform' })
/**
 * An initializer with truncated normal random numbers of variance 1 / fanIn: Keras's `LecunNormal` (LeCun et
 * al. 1998). Made for selu.
 *
 * @example
 * ```ts
 * import { dense, input, lecunNormal, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: lecunNormal() }))
 * ```
 */
export const lecunNormal = (): VarianceScaling => varianceScaling()
/**
 * An initializer that makes a matrix with orthonormal columns, or rows if there are fewer of them, times
 * `gain`: Keras's `Orthogonal` (Saxe et al. 2014). Default gain: 1. Fails with a fault if the weight is a
 * vector.
 *
 * @example
 * ```ts
 * import { dense, input, orthogonal, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: orthogonal({ gain: 0.5 }) }))
 * ```
 */
export const orthogonal = (options: GainOptions = {}): OrthogonalInitializer => {
  checkOptions('orthogonal', GAIN, options)
  return { kind: 'orthogonal', gain: options.gain ?? 1 }
}
/**
 * An initializer that makes the identity matrix times `gain`: Keras's `Identity`. Default gain: 1. Fails
 * with a fault if the weight is not a matrix.
 *
 * @example
 * ```ts
 * import { dense, identity, input, sequential } from 'densor'
 *
 * const model = sequential(input(4), dense(8, { kernelInitializer: identity() }))
 * ```
 */
export const identity = (options: GainOptions = {}): Identity => {
  checkOptions('identity', GAIN, options)
  return { kind: 'identity', gain: options.gain ?? 1 }
}
/**
 * An initializer of your own: a name for summaries, and a function from the weight's shape to its elements,
 * row by row. `random(i)` is a uniform number between 0 and 1, the same for the same seed.
 *
 * @example
 * ```ts
 * import { customInitializer, dense, input, sequential } from 'densor'
 *
 * const few = customInitializer('few', ([rows = 1, columns = 1], random) =>
 *   Float32Array.from({ length: rows * columns }, (_, i) => (random(i) < 0.1 ? 1 : 0)),
 * )
 * const model = sequential(input(4), dense(8, { kernelInitializer: few }))
 * ```
 */
export const customInitializer = (name: string, values: CustomInitializer['values']): CustomInitializer => ({
  kind: 'custom',
  name,
  values: (...given) => inOwnCode(`the initializer ${name}`, () => values(...given)),
})

const byName: { readonly [K in InitializerName]: () => Known } = {
  zeros,
  ones,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  orthogonal,
  identity,
}

const KINDS: readonly string[] = [
  'constant',
  'randomUniform',
  'randomNormal',
  'truncatedNormal',
  'varianceScaling',
  'orthogonal',
  'identity',
  'custom',
] satisfies readonly Known['kind'][]

const isKind = (kind: string): boolean => KINDS.includes(kind)

const isKnown = (x: Initializer): x is Known => isKind(x.kind)

/** Initializers as an option. */
export const initializers = family(
  'initializer',
  Object.keys(byName),
  isKind,
  'heNormal(…) and the like make',
)

/** The initializer that a name or a value means. Throws a user's fault for anything else. */
export const findInitializer = (initializer: InitializerName | Initializer): Known => {
  const found = typeof initializer === 'string' ? ownOf(byName, initializer)?.() : initializer
  if (found !== undefined && isKnown(found)) return found
  throw initializers.unknown(typeof initializer === 'string' ? initializer : initializer.kind)
}
