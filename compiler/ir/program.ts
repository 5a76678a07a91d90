import type { DType, TypedArray } from '../../runtime/dtype.js'

/** The type of a value: concrete shape and dtype. */
export interface TensorType {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A value of a program: an index into `Program.types`. */
export type Value = number

export type Direction = 'EQ' | 'NE' | 'GE' | 'GT' | 'LE' | 'LT'
export type Reducer = 'add' | 'multiply' | 'maximum' | 'minimum'

export interface DotDims {
  readonly lhsBatch: readonly number[]
  readonly rhsBatch: readonly number[]
  readonly lhsContracting: readonly number[]
  readonly rhsContracting: readonly number[]
}

/** Windows on a tensor, a number for each dimension; padding may be negative, and then cuts off. */
export interface WindowDims {
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
  /** Distance of the elements in a window. */
  readonly dilations: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
}

/** The same for the spatial dimensions of a convolution; `lhsDilation` spreads the elements of the input first. */
export interface ConvolutionDims {
  readonly strides: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  /** The channels fall into so many groups, and so do the features: each sees its own channels only. */
  readonly featureGroups: number
}

/** What a window may be folded by. */
export type WindowReducer = 'add' | 'maximum'

type None = Readonly<Record<never, never>>

/**
 * Every primitive and its parameters. Names and meanings are StableHLO's wherever one exists (`erf` and `erfc` are CHLO's).
 * This interface comes first so that the table of rows can be total by type without a cycle.
 */
export interface PrimParams {
  // leaves
  constant: { readonly type: TensorType; readonly data: TypedArray }
  iota: { readonly type: TensorType; readonly dimension: number }
  /** key u32[2] -> u32[shape]: element i is threefry2x32(key, (i >> 32, i)), its two words xored. */
  random_bits: { readonly shape: readonly number[] }
  /** (key u32[2], data u32[]) -> u32[2]: threefry2x32(key, (0, data)). */
  random_fold_in: None
  // pointwise, one operand
  abs: None
  cbrt: None
  ceil: None
  convert: { readonly dtype: DType }
  cosine: None
  erf: None
  erfc: None
  exponential: None
  exponential_minus_one: None
  floor: None
  is_finite: None
  log: None
  log_plus_one: None
  logistic: None
  negate: None
  not: None
  round_nearest_even: None
  rsqrt: None
  sign: None
  sine: None
  sqrt: None
  tan: None
  tanh: None
  /** The identity, whose derivative is zero. */
  stop_gradient: None
  // pointwise, two operands of one shape
  add: None
  and: None
  atan2: None
  compare: { readonly direction: Direction }
  divide: None
  maximum: None
  minimum: None
  multiply: None
  or: None
  power: None
  remainder: None
  shift_left: None
  shift_right_logical: None
  subtract: None
  xor: None
  // pointwise, three operands of one shape
  clamp: None
  select: None
  // views: the same elements, addressed otherwise
  broadcast_in_dim: { readonly shape: readonly number[]; readonly dimensions: readonly number[] }
  reshape: { readonly shape: readonly number[] }
  reverse: { readonly dimensions: readonly number[] }
  slice: {
    readonly start: readonly number[]
    readonly limit: readonly number[]
    readonly strides: readonly number[]
  }
  transpose: { readonly permutation: readonly number[] }
  /** All windows, without padding: the dimensions of their places, then as many within a window. */
  windows: Pick<WindowDims, 'sizes' | 'strides' | 'dilations'>
  // movement
  concatenate: { readonly dimension: number }
  /** (operand, scalar padding value); low and high may be negative, interior is not. */
  pad: {
    readonly low: readonly number[]
    readonly high: readonly number[]
    readonly interior: readonly number[]
  }
  // reductions; the reduced dimensions are dropped
  reduce: { readonly reducer: Reducer; readonly dimensions: readonly number[] }
  /** Index (i32) of the largest element along one dimension, the first of equals; NaN counts as largest. */
  argmax: { readonly dimension: number }
  // contraction: result dims are batch, lhs free, rhs free
  dot_general: DotDims
  // windows
  /** (input [batch, ...space, channels], kernel [...window, channels of a group, features]) -> [batch, ...space, features] */
  convolution: ConvolutionDims
  /** Each window folded into one element; padding is the reducer's identity. */
  reduce_window: WindowDims & { readonly reducer: WindowReducer }
  /** (x, y): from each window the y that stands where x is largest, the first of equals; NaN counts as largest. */
  select_and_gather: WindowDims
  /** (x, windows' values): each value added where x is largest in its window; the transpose of select_and_gather. */
  select_and_scatter: WindowDims
  /** A function with a derivative of the user's own; inlined before scheduling. */
  custom_vjp_call: CustomVjp
  /** The output of a program, computed again by the backward pass; inlined before scheduling. */
  checkpoint: Checkpoint
  /** (x, …others) -> x, read only once the others are there: what keeps one computation apart from another. */
  optimization_barrier: None
}

export interface CustomVjp {
  /** inputs -> one output */
  readonly primal: Program
  /** inputs -> output, then residuals */
  readonly forward: Program
  /** residuals, then the output's cotangent -> one cotangent per input */
  readonly backward: Program
}

/** A computation whose inside is not kept. */
export interface Checkpoint {
  /** inputs -> one output */
  readonly body: Program
}

export type Prim = keyof PrimParams

/** One step of a program: `output = prim[params](inputs)`. */
export interface EquationOf<P extends Prim> {
  readonly prim: P
  readonly params: PrimParams[P]
  readonly inputs: readonly Value[]
  readonly output: Value
  /** The layer or expression that asked for it, e.g. `layer0/dense`, for messages and profiles. */
  readonly source: string
}

/** A discriminated union over every primitive. */
export type Equation = { readonly [P in Prim]: EquationOf<P> }[Prim]

export interface Port {
  readonly name: string
  readonly value: Value
}

/**
 * A pure, flat program in SSA form: equations in order, values numbered, every value typed.
 * Input values come first; an equation's inputs are defined before it; outputs may repeat values.
 */
export interface Program {
  readonly name: string
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly types: readonly TensorType[]
  readonly equations: readonly Equation[]
}

/** Same shape, same dtype. */
export const sameType = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype && sameShape(a.shape, b.shape)

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i])

/** `f32[128,10]`, as the printer writes types. */
export const showType = (type: TensorType): string => `${type.dtype}[${type.shape.join(',')}]`
