import type { DType } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import { showType, type TensorType } from '../ir/program.js'

/** The dtypes of real numbers: those that have derivatives. */
export const FLOATS: readonly DType[] = ['f32', 'f64']
/** The dtypes of whole numbers. */
export const INTEGERS: readonly DType[] = ['i32', 'u32']
/** The dtypes that arithmetic takes. */
export const NUMBERS: readonly DType[] = [...FLOATS, ...INTEGERS]
/** The dtypes with a sign. */
export const SIGNED: readonly DType[] = [...FLOATS, 'i32']
/** The dtypes of logic, bit by bit. */
export const LOGIC: readonly DType[] = ['bool', ...INTEGERS]
/** Every dtype. */
export const ANY: readonly DType[] = [...NUMBERS, 'bool']

/** True for f32 and f64. */
export const isFloat = (dtype: DType): boolean => FLOATS.includes(dtype)

/** Throws a `bug` fault with this sentence unless `ok`; the sentence opens with the primitive's name. */
export function demand(ok: boolean, sentence: () => string): asserts ok {
  if (!ok) throw bug(sentence())
}

/** The one element of `xs`, or a fault that names the primitive. */
export const one = <T>(prim: string, xs: readonly T[]): T => {
  const [x] = xs
  if (x === undefined || xs.length !== 1) throw bug(`${prim}: takes one operand, got ${xs.length}`)
  return x
}

/** The two elements of `xs`, or a fault that names the primitive. */
export const two = <T>(prim: string, xs: readonly T[]): readonly [T, T] => {
  const [x, y] = xs
  if (x === undefined || y === undefined || xs.length !== 2) {
    throw bug(`${prim}: takes two operands, got ${xs.length}`)
  }
  return [x, y]
}

/** The three elements of `xs`, or a fault that names the primitive. */
export const three = <T>(prim: string, xs: readonly T[]): readonly [T, T, T] => {
  const [x, y, z] = xs
  if (x === undefined || y === undefined || z === undefined || xs.length !== 3) {
    throw bug(`${prim}: takes three operands, got ${xs.length}`)
  }
  return [x, y, z]
}

/** `f32[2] and f32[3]`: what arrived, for a fault. */
export const showTypes = (types: readonly TensorType[]): string => types.map(showType).join(' and ')

/** Demands that every operand's dtype is one of `accepted`. */
export const demandDTypes = (
  prim: string,
  types: readonly TensorType[],
  accepted: readonly DType[],
): void => {
  demand(
    types.every(t => accepted.includes(t.dtype)),
    () => `${prim}: operands are of ${accepted.join(', ')}, got ${showTypes(types)}`,
  )
}

/** Demands operands of one shape and dtype; their type. */
export const demandSame = (prim: string, types: readonly TensorType[]): TensorType => {
  const first = types[0]
  if (first === undefined) throw bug(`${prim}: takes operands, got none`)
  for (const type of types) {
    demand(type.dtype === first.dtype, () => `${prim}: operands have one dtype, got ${showTypes(types)}`)
    demand(
      type.shape.length === first.shape.length && type.shape.every((d, i) => d === first.shape[i]),
      () => `${prim}: operands have one shape, got ${showTypes(types)}`,
    )
  }
  return first
}

/** Demands dimensions of a tensor of `rank`: whole, in range, each once. */
export const demandDimensions = (
  prim: string,
  what: string,
  dimensions: readonly number[],
  rank: number,
): void => {
  demand(
    dimensions.every(d => Number.isInteger(d) && d >= 0 && d < rank),
    () => `${prim}: ${what} are dimensions of a tensor of rank ${rank}, got [${dimensions}]`,
  )
  demand(
    new Set(dimensions).size === dimensions.length,
    () => `${prim}: ${what} are each named once, got [${dimensions}]`,
  )
}

/** Demands a list of one whole number per dimension. */
export const demandPerDimension = (
  prim: string,
  what: string,
  numbers: readonly number[],
  rank: number,
): void => {
  demand(
    numbers.length === rank && numbers.every(n => Number.isInteger(n)),
    () => `${prim}: ${what} is one whole number for each of ${rank} dimensions, got [${numbers}]`,
  )
}

/** Demands sizes that are whole and not negative. */
export const demandShape = (prim: string, shape: readonly number[]): void => {
  demand(
    shape.every(d => Number.isSafeInteger(d) && d >= 0),
    () => `${prim}: sizes are whole and not negative, got [${shape}]`,
  )
}
