import { allocate, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import { rowOf } from '../ops/rows.js'
import {
  type ConvolutionDims,
  type Direction,
  type DotDims,
  type Equation,
  type EquationOf,
  type Port,
  type Prim,
  type PrimParams,
  type Program,
  type Reducer,
  sameShape,
  type TensorType,
  type Value,
  type WindowDims,
  type WindowReducer,
} from './program.js'

const NONE = {}

/** Constants of up to so many elements are compared by content. */
const SPELLED = 16

const isElements = (x: object): x is TypedArray => ArrayBuffer.isView(x) && !(x instanceof DataView)

/**
 * Writes a program, equation by equation, deriving every type from the row of its primitive.
 * Equal equations get one value (value numbering), so a builder never computes the same thing twice.
 */
export class Builder {
  readonly #name: string
  readonly #inputs: Port[] = []
  readonly #types: TensorType[] = []
  readonly #equations: Equation[] = []
  readonly #numbered = new Map<string, Value>()
  readonly #producers = new Map<Value, Equation>()
  readonly #objectIds = new WeakMap<object, number>()
  #objectCount = 0
  #source = ''

  constructor(name: string) {
    this.#name = name
  }

  /** A new input; inputs come before the first equation. */
  input(name: string, type: TensorType): Value {
    if (this.#equations.length > 0) throw bug(`builder: input ${name} comes after an equation`)
    const value = this.#newValue(type)
    this.#inputs.push({ name, value })
    return value
  }

  /** The program so far, with these outputs. The builder may go on after it. */
  finish(outputs: readonly Port[]): Program {
    return Object.freeze({
      name: this.#name,
      inputs: Object.freeze([...this.#inputs]),
      outputs: Object.freeze([...outputs]),
      types: Object.freeze([...this.#types]),
      equations: Object.freeze([...this.#equations]),
    })
  }

  typeOf(value: Value): TensorType {
    const type = this.#types[value]
    if (type === undefined) throw bug(`builder: no value %${value}`)
    return type
  }

  shapeOf(value: Value): readonly number[] {
    return this.typeOf(value).shape
  }

  /** The equation that made a value; an input has none. */
  producerOf(value: Value): Equation | undefined {
    return this.#producers.get(value)
  }

  /** Equations emitted inside `body` carry this label (nested labels are joined by `/`). */
  withSource<T>(label: string, body: () => T): T {
    const outer = this.#source
    this.#source = outer === '' || label === '' ? outer + label : `${outer}/${label}`
    try {
      return body()
    } finally {
      this.#source = outer
    }
  }

  /** Like `withSource`, but replaces the label: for passes that rebuild an equation. */
  fromSource<T>(label: string, body: () => T): T {
    const outer = this.#source
    this.#source = label
    try {
      return body()
    } finally {
      this.#source = outer
    }
  }

  emit<P extends Prim>(prim: P, inputs: readonly Value[], params: PrimParams[P]): Value {
    const key = this.#keyOf(prim, inputs, params)
    const known = this.#numbered.get(key)
    if (known !== undefined) return known
    const type = rowOf(prim).type(
      inputs.map(v => this.typeOf(v)),
      params,
    )
    const output = this.#newValue(type)
    const equation: EquationOf<P> = { prim, params, inputs: [...inputs], output, source: this.#source }
    // The mapped union over all primitives contains EquationOf<P> for every P; TypeScript cannot see that for a generic P.
    this.#equations.push(Object.freeze(equation) as Equation)
    this.#producers.set(output, equation as Equation)
    this.#numbered.set(key, output)
    return output
  }

  /** The equations of `program` again in here, its inputs bound to `args`; the values of its outputs. */
  inline(program: Program, args: readonly Value[]): Value[] {
    const at = new Map<Value, Value>()
    program.inputs.forEach((port, i) => {
      at.set(port.value, args[i] ?? this.#missing(program, i))
    })
    for (const equation of program.equations) at.set(equation.output, this.copy(equation, at))
    return program.outputs.map(port => at.get(port.value) ?? this.#missing(program, port.value))
  }

  /** One equation of another program again in here, its operands looked up in `at`. */
  copy(equation: Equation, at: ReadonlyMap<Value, Value>): Value {
    const inputs = equation.inputs.map(v => at.get(v) ?? this.#missing({ name: equation.prim }, v))
    return this.fromSource(equation.source === '' ? this.#source : equation.source, () =>
      this.emit(equation.prim, inputs, equation.params),
    )
  }

  #missing(program: { readonly name: string }, value: number): never {
    throw bug(`builder: ${program.name} has no value for %${value}`)
  }

  #newValue(type: TensorType): Value {
    const frozen = Object.isFrozen(type) && Object.isFrozen(type.shape)
    this.#types.push(
      frozen ? type : Object.freeze({ shape: Object.freeze([...type.shape]), dtype: type.dtype }),
    )
    return this.#types.length - 1
  }

  /** Numbers are spelled so that NaN, -0 and infinities differ; long arrays of data go by identity. */
  #keyOf(prim: Prim, inputs: readonly Value[], params: object): string {
    let key = `${prim}(${inputs.join()})`
    for (const [name, param] of Object.entries(params)) key += `${name}:${this.#spell(param)}`
    return key
  }

  #spell(x: unknown): string {
    if (typeof x !== 'object' || x === null) return Object.is(x, -0) ? '-0' : String(x)
    // a list of dimensions, sizes or strides
    if (Array.isArray(x)) return `[${x.join()}]`
    if (isElements(x) && x.length <= SPELLED) return `{${Array.from(x, y => this.#spell(y)).join()}}`
    if (ArrayBuffer.isView(x) || 'equations' in x) return `#${this.#idOf(x)}`
    return `{${Object.values(x)
      .map(y => this.#spell(y))
      .join()}}`
  }

  #idOf(x: object): number {
    const known = this.#objectIds.get(x)
    if (known !== undefined) return known
    this.#objectIds.set(x, ++this.#objectCount)
    return this.#objectCount
  }

  // ---- one method a primitive that rules use, in StableHLO's words

  constant(type: TensorType, data: TypedArray): Value {
    if (data.length !== sizeOf(type.shape)) throw bug(`constant: ${data.length} elements for [${type.shape}]`)
    return this.emit('constant', [], { type, data })
  }

  /** A scalar constant. */
  scalar(value: number, dtype: DType = 'f32'): Value {
    const data = allocate(dtype, 1)
    data[0] = value
    return this.constant({ shape: [], dtype }, data)
  }

  /** `value` everywhere, in the shape and dtype of `like`. */
  fullLike(like: Value, value: number): Value {
    const { shape, dtype } = this.typeOf(like)
    return this.full(shape, value, dtype)
  }

  full(shape: readonly number[], value: number, dtype: DType = 'f32'): Value {
    return this.broadcast_in_dim(this.scalar(value, dtype), shape, [])
  }

  iota(shape: readonly number[], dimension: number, dtype: DType = 'i32'): Value {
    return this.emit('iota', [], { type: { shape, dtype }, dimension })
  }

  randomBits(key: Value, shape: readonly number[]): Value {
    return this.emit('random_bits', [key], { shape })
  }

  randomFoldIn(key: Value, data: Value): Value {
    return this.emit('random_fold_in', [key, data], NONE)
  }

  abs = (x: Value): Value => this.emit('abs', [x], NONE)
  cbrt = (x: Value): Value => this.emit('cbrt', [x], NONE)
  ceil = (x: Value): Value => this.emit('ceil', [x], NONE)
  cosine = (x: Value): Value => this.emit('cosine', [x], NONE)
  erf = (x: Value): Value => this.emit('erf', [x], NONE)
  erfc = (x: Value): Value => this.emit('erfc', [x], NONE)
  exponential = (x: Value): Value => this.emit('exponential', [x], NONE)
  exponential_minus_one = (x: Value): Value => this.emit('exponential_minus_one', [x], NONE)
  floor = (x: Value): Value => this.emit('floor', [x], NONE)
  is_finite = (x: Value): Value => this.emit('is_finite', [x], NONE)
  log = (x: Value): Value => this.emit('log', [x], NONE)
  log_plus_one = (x: Value): Value => this.emit('log_plus_one', [x], NONE)
  logistic = (x: Value): Value => this.emit('logistic', [x], NONE)
  negate = (x: Value): Value => this.emit('negate', [x], NONE)
  not = (x: Value): Value => this.emit('not', [x], NONE)
  round_nearest_even = (x: Value): Value => this.emit('round_nearest_even', [x], NONE)
  rsqrt = (x: Value): Value => this.emit('rsqrt', [x], NONE)
  sign = (x: Value): Value => this.emit('sign', [x], NONE)
  sine = (x: Value): Value => this.emit('sine', [x], NONE)
  sqrt = (x: Value): Value => this.emit('sqrt', [x], NONE)
  tan = (x: Value): Value => this.emit('tan', [x], NONE)
  tanh = (x: Value): Value => this.emit('tanh', [x], NONE)
  stop_gradient = (x: Value): Value => this.emit('stop_gradient', [x], NONE)

  add = (x: Value, y: Value): Value => this.emit('add', [x, y], NONE)
  and = (x: Value, y: Value): Value => this.emit('and', [x, y], NONE)
  atan2 = (x: Value, y: Value): Value => this.emit('atan2', [x, y], NONE)
  divide = (x: Value, y: Value): Value => this.emit('divide', [x, y], NONE)
  maximum = (x: Value, y: Value): Value => this.emit('maximum', [x, y], NONE)
  minimum = (x: Value, y: Value): Value => this.emit('minimum', [x, y], NONE)
  multiply = (x: Value, y: Value): Value => this.emit('multiply', [x, y], NONE)
  or = (x: Value, y: Value): Value => this.emit('or', [x, y], NONE)
  power = (x: Value, y: Value): Value => this.emit('power', [x, y], NONE)
  remainder = (x: Value, y: Value): Value => this.emit('remainder', [x, y], NONE)
  shift_left = (x: Value, y: Value): Value => this.emit('shift_left', [x, y], NONE)
  shift_right_logical = (x: Value, y: Value): Value => this.emit('shift_right_logical', [x, y], NONE)
  subtract = (x: Value, y: Value): Value => this.emit('subtract', [x, y], NONE)
  xor = (x: Value, y: Value): Value => this.emit('xor', [x, y], NONE)
  compare = (direction: Direction, x: Value, y: Value): Value => this.emit('compare', [x, y], { direction })
  clamp = (low: Value, x: Value, high: Value): Value => this.emit('clamp', [low, x, high], NONE)
  select = (cond: Value, x: Value, y: Value): Value => this.emit('select', [cond, x, y], NONE)

  convert(x: Value, dtype: DType): Value {
    return this.typeOf(x).dtype === dtype ? x : this.emit('convert', [x], { dtype })
  }

  broadcast_in_dim(x: Value, shape: readonly number[], dimensions: readonly number[]): Value {
    const same = sameShape(this.shapeOf(x), shape) && dimensions.every((d, i) => d === i)
    return same ? x : this.emit('broadcast_in_dim', [x], { shape, dimensions })
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return sameShape(this.shapeOf(x), shape) ? x : this.emit('reshape', [x], { shape })
  }

  reverse(x: Value, dimensions: readonly number[]): Value {
    return dimensions.length === 0 ? x : this.emit('reverse', [x], { dimensions })
  }

  slice(
    x: Value,
    start: readonly number[],
    limit: readonly number[],
    strides: readonly number[] = start.map(() => 1),
  ): Value {
    const whole = this.shapeOf(x).every((d, i) => start[i] === 0 && limit[i] === d && strides[i] === 1)
    return whole ? x : this.emit('slice', [x], { start, limit, strides })
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    return permutation.every((p, i) => p === i) ? x : this.emit('transpose', [x], { permutation })
  }

  concatenate(xs: readonly Value[], dimension: number): Value {
    return xs.length === 1 && xs[0] !== undefined ? xs[0] : this.emit('concatenate', xs, { dimension })
  }

  pad(
    x: Value,
    value: Value,
    low: readonly number[],
    high: readonly number[],
    interior: readonly number[] = low.map(() => 0),
  ): Value {
    return this.emit('pad', [x, value], { low, high, interior })
  }

  reduce(reducer: Reducer, x: Value, dimensions: readonly number[]): Value {
    return dimensions.length === 0
      ? x
      : this.emit('reduce', [x], { reducer, dimensions: [...dimensions].sort((a, b) => a - b) })
  }

  argmax(x: Value, dimension: number): Value {
    return this.emit('argmax', [x], { dimension })
  }

  /** `x`, unknown to every pass, and read only once the values in `after` are there. */
  optimization_barrier(x: Value, after: readonly Value[]): Value {
    return this.emit('optimization_barrier', [x, ...after], NONE)
  }

  dot_general(lhs: Value, rhs: Value, dims: DotDims): Value {
    return this.emit('dot_general', [lhs, rhs], dims)
  }

  convolution(x: Value, kernel: Value, dims: ConvolutionDims): Value {
    return this.emit('convolution', [x, kernel], dims)
  }

  windows(x: Value, { sizes, strides, dilations }: PrimParams['windows']): Value {
    return this.emit('windows', [x], { sizes, strides, dilations })
  }

  reduce_window(
    reducer: WindowReducer,
    x: Value,
    { sizes, strides, dilations, low, high }: WindowDims,
  ): Value {
    return this.emit('reduce_window', [x], { reducer, sizes, strides, dilations, low, high })
  }

  select_and_gather(x: Value, y: Value, dims: WindowDims): Value {
    return this.emit('select_and_gather', [x, y], dims)
  }

  select_and_scatter(x: Value, values: Value, dims: WindowDims): Value {
    return this.emit('select_and_scatter', [x, values], dims)
  }
}
