import type * as E from 'fp-ts/lib/Either.js'
import type { Nested, NestedShape } from '../../dsl/types/data.js'
import type { Dim, NormalShape, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor, Tensor } from '../../dsl/types/layer.js'
import { unify } from '../../dsl/types/rules.js'
import type { AsShapeFn, AsShapesFn, TensorFn } from '../../dsl/types/signatures.js'
import { allocate, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { attempt } from '../errors.js'

/** What a tensor is at run time: dimensions, element type, elements row by row. */
class Elements<S extends Shape, D extends DType> implements Tensor<S, D> {
  declare readonly '~shape': S
  readonly dims: readonly number[]
  readonly dtype: D
  readonly data: TypedArray

  constructor(dims: readonly number[], dtype: D, data: TypedArray) {
    this.dims = dims
    this.dtype = dtype
    this.data = data
  }
}

/** A tensor of elements that are known to fit; the type S is the caller's word. */
export const tensorOf = <S extends Shape, D extends DType>(
  dims: readonly number[],
  dtype: D,
  data: TypedArray,
): Tensor<S, D> => new Elements<S, D>(Object.freeze([...dims]), dtype, data)

/** Whether a value has what every tensor has. */
export const isTensor = (x: unknown): x is AnyTensor =>
  typeof x === 'object' && x !== null && 'dims' in x && 'data' in x && 'dtype' in x

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

/** Whether storing x changed it: floats may round, whole numbers may not. */
const fits = (dtype: DType, x: number, stored: number | undefined): boolean =>
  dtype === 'f32' || dtype === 'f64' || (stored === x && (dtype !== 'bool' || x === 0 || x === 1))

const DTYPES: readonly unknown[] = ['f32', 'f64', 'i32', 'u32', 'bool'] satisfies readonly DType[]

/** Refuses what the types refuse, for callers without them. */
const checkKinds = (op: string, data: unknown, dtype: unknown): void => {
  if (!DTYPES.includes(dtype))
    throw userFault('bad-dtype', `${op}: '${String(dtype)}' is not a dtype`, {
      suggestion: `use one of ${DTYPES.join(', ')}`,
    })
  if (typeof data !== 'object' || data === null || !('length' in data))
    throw userFault('missing-data', `${op}: the elements are ${String(data)}, expected an array of numbers`)
}

const checkDims = (op: string, dims: readonly number[]): void => {
  for (const dim of dims)
    if (!(Number.isInteger(dim) && dim >= 0))
      throw userFault(
        'bad-size',
        `${op}: the dimensions [${dims.join(', ')}] have ${dim}, which is no whole number`,
      )
  if (sizeOf(dims) === 0)
    throw userFault('empty-data', `${op}: a tensor of [${dims.join(', ')}] has no elements`, {
      suggestion: 'check the step that loads or filters the data',
    })
}

/** The elements as an array of their dtype; one that is that array already is not copied. */
const elementsOf = (
  op: string,
  dims: readonly number[],
  data: ArrayLike<number>,
  dtype: DType,
): TypedArray => {
  if (data.length !== sizeOf(dims))
    throw userFault(
      'wrong-length',
      `${op}: [${dims.join(', ')}] has ${sizeOf(dims)} elements, received ${data.length}`,
      { suggestion: 'check the dimensions; the elements go row by row' },
    )
  // an empty array tells the constructor; one as long as the data would cost as much as computing with it
  if (data.constructor === allocate(dtype, 0).constructor && ArrayBuffer.isView(data))
    return data as TypedArray
  const elements = allocate(dtype, data.length)
  for (let i = 0; i < data.length; i++) {
    const x = data[i]
    if (typeof x !== 'number')
      throw userFault(
        'not-a-number',
        `${op}: the element of ${placeOf(dims, i)} is ${String(x)}, expected a number`,
      )
    elements[i] = x
    if (!fits(dtype, x, elements[i]))
      throw userFault(
        'not-an-integer',
        `${op}: the element of ${placeOf(dims, i)} is ${x}, which is no ${dtype}`,
        {
          suggestion: `pass ${dtype === 'bool' ? '0 and 1' : 'whole numbers'}, or another dtype`,
        },
      )
  }
  return elements
}

/**
 * A tensor from its elements, row by row. A typed array of the dtype is taken as it is, not copied.
 * Left: `bad-size`, `empty-data`, `wrong-length`, `not-a-number`, `not-an-integer`.
 */
export const tensor: TensorFn = <const S extends readonly number[], D extends DType = 'f32'>(
  dims: S,
  data: ArrayLike<number>,
  dtype?: D,
): E.Either<Fault, Tensor<NormalShape<S>, NoInfer<D>>> =>
  attempt(() => {
    // 'f32' is what D is when it is not given, by its default.
    const kind = dtype ?? ('f32' as D)
    checkKinds('tensor', data, kind)
    checkDims('tensor', dims)
    return tensorOf<NormalShape<S>, D>(dims, kind, elementsOf('tensor', dims, data, kind))
  })

/** The dimensions that the first elements have; the others are checked against them. */
const dimsOf = (values: unknown): readonly number[] =>
  Array.isArray(values) ? [values.length, ...(values.length === 0 ? [] : dimsOf(values[0]))] : []

const show = (path: readonly number[]): string =>
  path.length === 1 ? `row ${path[0]}` : `row ${path[0]}, at [${path.join(', ')}]`

const collect = (values: unknown, dims: readonly number[], path: readonly number[], out: number[]): void => {
  const [length, ...inner] = dims
  if (length === undefined) {
    if (typeof values !== 'number')
      throw userFault(
        'ragged-data',
        `fromArrays: ${show(path)} is ${Array.isArray(values) ? 'an array' : String(values)}, expected a number`,
        {
          suggestion: 'give every row the same shape, and numbers only',
        },
      )
    out.push(values)
    return
  }
  if (!Array.isArray(values) || values.length !== length)
    throw userFault(
      'ragged-data',
      `fromArrays: ${show(path)} has ${Array.isArray(values) ? `${values.length} elements` : 'no elements'}, but ${path.length === 1 ? 'row 0' : 'the first of its kind'} has ${length}`,
      { suggestion: 'pad, cut or drop the rows so that all have the same shape' },
    )
  values.forEach((value, i) => {
    collect(value, inner, [...path, i], out)
  })
}

/**
 * A tensor from nested arrays; its dimensions are known at run time only, so narrow them with `asShape`.
 * Left: `ragged-data` naming the row, `empty-data`, `not-an-integer`.
 */
export const fromArrays = <const X extends Nested, D extends DType = 'f32'>(
  values: X,
  dtype?: D,
): E.Either<Fault, Tensor<NestedShape<X>, NoInfer<D>>> =>
  attempt(() => {
    const kind = dtype ?? ('f32' as D)
    checkKinds('fromArrays', values, kind)
    const dims = dimsOf(values)
    checkDims('fromArrays', dims)
    const out: number[] = []
    values.forEach((value: unknown, i: number) => {
      collect(value, dims.slice(1), [i], out)
    })
    return tensorOf<NestedShape<X>, D>(dims, kind, elementsOf('fromArrays', dims, out, kind))
  })

/**
 * The one way from run-time dimensions to typed ones: the same tensor, if it has this shape; a symbol takes
 * any size. Left: `shape-mismatch`, with the sentence that the types would show.
 */
export const asShape: AsShapeFn = (x, shape) =>
  attempt(() => {
    unify('asShape', shape, x.dims)
    // The one cast: unify has just proved at run time what the type says.
    return x as never
  })

/** Like `asShape` for a record of tensors: a symbol is the same size in all of them. */
export const asShapes: AsShapesFn = (tensors, shapes) =>
  attempt(() => {
    let bound: ReadonlyMap<string, Dim> = new Map()
    const entries: readonly [string, AnyTensor][] = Object.entries(tensors)
    const wanted: ReadonlyMap<string, Shape> = new Map(Object.entries<Shape>(shapes))
    for (const [name, x] of entries) {
      const shape = wanted.get(name)
      if (shape === undefined) throw userFault('unknown-name', `asShapes: no shape is given for '${name}'`)
      bound = unify(`asShapes: ${name}`, shape, x.dims, bound)
    }
    for (const name of wanted.keys())
      if (!(name in tensors)) throw userFault('unknown-name', `asShapes: there is no tensor '${name}'`)
    // The one cast: unify has just proved at run time what the types say.
    return tensors as never
  })
