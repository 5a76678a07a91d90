/** Elements of tensors from what people have: arrays of numbers, nested or not, and typed arrays. */
import { arrayClassOf, isList, shown } from '../../dsl/shown.js'
import { allocate, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'

/** `row 3`, or `[3, 1, 4]` where an element has more than one index within its row. */
export const placeOf = (dims: readonly number[], index: number): string => {
  const at: number[] = []
  let rest = index
  for (const dim of [...dims].reverse()) {
    at.unshift(rest % dim)
    rest = Math.floor(rest / dim)
  }
  return at.length <= 1 ? `row ${at[0] ?? 0}` : `row ${at[0]}, at [${at.join(', ')}]`
}

/** The class of the array that holds the elements of each dtype. */
export const ARRAY_OF: { readonly [D in DType]: string } = {
  f32: 'Float32Array',
  f64: 'Float64Array',
  i32: 'Int32Array',
  u32: 'Uint32Array',
  bool: 'Int32Array',
}

export { arrayClassOf, isList, kindOf, shown } from '../../dsl/shown.js'
export { isTensor } from '../../dsl/tensor.js'

/** The bytes of a file as Node reads them: what they mean as numbers is not known. */
const isBuffer = (x: unknown): boolean => arrayClassOf(x) === 'Uint8Array' && 'readUInt8' in Object(x)

/** Refuses raw bytes, which are numbers only by chance. */
export const refuseBuffer = (what: string, x: unknown): void => {
  if (!isBuffer(x)) return
  throw userFault('not-numbers', `${what}: received a Buffer, which is the bytes of a file and not numbers`, {
    suggestion:
      'where every byte is a number, pass new Uint8Array(buffer); where the file holds f32 numbers, pass ' +
      'new Float32Array(new Uint8Array(buffer).buffer)',
  })
}

/** How to make numbers of values that are none. */
const remedyFor = (x: unknown): string => {
  if (x === null || x === undefined) return 'fill or drop the rows where a value is missing'
  switch (typeof x) {
    case 'string':
      return 'convert the strings first, with Number(…) or fromCsv; give every category a number'
    case 'bigint':
      return 'convert the elements with Number(…)'
    case 'boolean':
      return 'write 1 for true and 0 for false, with Number(…)'
    default:
      return 'pass numbers only'
  }
}

/** The fault for an element that is not a number; `place` is where, e.g. `row 3`. */
const notANumber = (op: string, place: string, x: unknown): Fault =>
  userFault('not-a-number', `${op}: the element of ${place} is ${shown(x)}, expected a number`, {
    suggestion: remedyFor(x),
  })

/** Whether storing x changed it: floats may round, whole numbers may not. */
const fits = (dtype: DType, x: number, stored: number | undefined): boolean =>
  dtype === 'f32' || dtype === 'f64' || (stored === x && (dtype !== 'bool' || x === 0 || x === 1))

const notOfDType = (op: string, place: string, x: number, dtype: DType): Fault =>
  userFault('not-an-integer', `${op}: the element of ${place} is ${x}, which ${dtype} cannot hold`, {
    suggestion: `pass ${dtype === 'bool' ? '0 and 1' : 'whole numbers'}, or another dtype`,
  })

/** Copies one row of elements into `elements` from `at` on; throws at the first that is not a number of the dtype. */
const copyRow = (
  op: string,
  dims: readonly number[],
  row: ArrayLike<unknown>,
  dtype: DType,
  elements: TypedArray,
  at: number,
): void => {
  for (let i = 0; i < row.length; i++) {
    const x = row[i]
    if (typeof x !== 'number') throw notANumber(op, placeOf(dims, at + i), x)
    elements[at + i] = x
    if (!fits(dtype, x, elements[at + i])) throw notOfDType(op, placeOf(dims, at + i), x, dtype)
  }
}

/** The elements as an array of their dtype; one that is that array already is not copied. */
export const elementsOf = (
  op: string,
  dims: readonly number[],
  data: ArrayLike<number>,
  dtype: DType,
): TypedArray => {
  if (data.length !== sizeOf(dims)) throw wrongLength(op, dims, data)
  refuseBuffer(op, data)
  if (arrayClassOf(data) === ARRAY_OF[dtype] && dtype !== 'bool') return data as TypedArray
  const elements = allocate(dtype, data.length)
  copyRow(op, dims, data, dtype, elements, 0)
  return elements
}

const wrongLength = (op: string, dims: readonly number[], data: ArrayLike<unknown>): Fault =>
  userFault(
    'wrong-length',
    `${op}: [${dims.join(', ')}] has ${sizeOf(dims)} elements, received ${data.length}`,
    {
      suggestion: isList(data[0])
        ? 'for nested arrays write fromArrays(…)'
        : 'check the dimensions; the elements go row by row',
    },
  )

/** The dimensions that the first elements of nested arrays have; the others are checked against them. */
export const nestedDims = (values: unknown): readonly number[] =>
  isList(values) ? [values.length, ...(values.length === 0 ? [] : nestedDims(values[0]))] : []

/** The elements of nested arrays of these dimensions. Throws `ragged-data`, `not-a-number`. */
export const nestedElements = (
  op: string,
  dims: readonly number[],
  values: ArrayLike<unknown>,
  dtype: DType,
): TypedArray => {
  const elements = allocate(dtype, sizeOf(dims))
  copyNested(op, { dims, dtype, elements }, values, 0, 0)
  return elements
}

interface Nest {
  readonly dims: readonly number[]
  readonly dtype: DType
  readonly elements: TypedArray
}

/** Copies what is nested `level` deep; its elements begin at `at`. */
const copyNested = (op: string, nest: Nest, values: unknown, level: number, at: number): void => {
  const { dims, dtype, elements } = nest
  const length = dims[level] ?? 0
  const place = (): string => placeOf(dims.slice(0, level), at / sizeOf(dims.slice(level)))
  if (!isList(values))
    throw ragged(`${op}: ${place()} is ${shown(values)}, expected an array of ${length} elements`)
  if (values.length !== length) {
    const first = level === 1 ? 'row 0' : 'the first of its kind'
    throw ragged(`${op}: ${place()} has ${values.length} elements, but ${first} has ${length}`)
  }
  refuseBuffer(op, values)
  if (level === dims.length - 1) {
    refuseInner(op, dims, values, at)
    copyRow(op, dims, values, dtype, elements, at)
    return
  }
  const width = sizeOf(dims.slice(level + 1))
  for (let i = 0; i < length; i++) copyNested(op, nest, values[i], level + 1, at + i * width)
}

/** An array where a number is expected is a row of another depth. */
const refuseInner = (op: string, dims: readonly number[], values: ArrayLike<unknown>, at: number): void => {
  if (ArrayBuffer.isView(values)) return
  for (let i = 0; i < values.length; i++)
    if (isList(values[i])) throw ragged(`${op}: ${placeOf(dims, at + i)} is an array, expected a number`)
}

const ragged = (sentence: string): Fault =>
  userFault('ragged-data', sentence, {
    suggestion: 'pad, cut or drop the rows so that all have the same shape',
  })
