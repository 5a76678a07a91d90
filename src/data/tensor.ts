import type * as E from 'fp-ts/lib/Either.js'
import { tensorOf } from '../../dsl/tensor.js'
import type { Nested, NestedShape } from '../../dsl/types/data.js'
import type { Dim, NormalShape, Shape } from '../../dsl/types/dims.js'
import type { AnyTensor, Tensor } from '../../dsl/types/layer.js'
import { unify } from '../../dsl/types/rules.js'
import type { AsShapeFn, AsShapesFn, TensorFn } from '../../dsl/types/signatures.js'
import { type DType, sizeOf } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { attempt } from '../errors.js'
import { requireTensor } from './checks.js'
import { ARRAY_OF, elementsOf, isList, nestedDims, nestedElements, shown } from './elements.js'

export { tensorOf } from '../../dsl/tensor.js'

const DTYPES: readonly string[] = Object.keys(ARRAY_OF)

/** Refuses what the types refuse, for callers without them. */
const checkKinds = (op: string, data: unknown, dtype: unknown): void => {
  if (typeof dtype !== 'string' || !DTYPES.includes(dtype))
    throw userFault('bad-dtype', `${op}: ${shown(dtype)} is not a dtype`, {
      suggestion: `use one of ${DTYPES.join(', ')}`,
    })
  if (!isList(data))
    throw userFault('missing-data', `${op}: the elements are ${shown(data)}, expected an array of numbers`, {
      suggestion: op === 'tensor' ? 'write tensor([rows, columns], numbers)' : 'write fromArrays(rows)',
    })
}

const checkDims = (op: string, dims: readonly number[]): void => {
  if (!Array.isArray(dims))
    throw userFault('bad-size', `${op}: the dimensions are ${shown(dims)}, expected an array of numbers`, {
      suggestion: 'write tensor([rows, columns], numbers)',
    })
  for (const dim of dims)
    if (!(Number.isInteger(dim) && dim >= 0))
      throw userFault(
        'bad-size',
        `${op}: the dimensions [${dims.join(', ')}] have ${dim}, which is not a whole number`,
      )
  if (sizeOf(dims) === 0)
    throw userFault('empty-data', `${op}: a tensor of [${dims.join(', ')}] has no elements`, {
      suggestion: 'check the step that loads or filters the data',
    })
}

/**
 * A tensor from its dimensions and its elements, row by row. `dtype` is 'f32', 'f64', 'i32', 'u32' or 'bool'.
 * Default: 'f32'. A typed array of that dtype is used as it is and not copied. Fails with a user fault
 * `wrong-length` if the number of elements is not the product of the dimensions, `empty-data` if a dimension
 * is 0, `bad-size`, `not-a-number` or `not-an-integer` if a dimension or an element cannot be taken.
 *
 * @example
 * ```ts
 * import { tensor, unwrap } from 'densor'
 *
 * const images = unwrap(tensor([2, 28, 28, 1], new Float32Array(2 * 28 * 28)))
 * const labels = unwrap(tensor([2], [7, 3], 'i32'))
 * console.log(images.dims, labels.data)
 * ```
 */
export const tensor: TensorFn = <const S extends readonly number[], D extends DType = 'f32'>(
  dims: S,
  data: unknown,
  dtype?: D,
): E.Either<Fault, Tensor<NormalShape<S>, NoInfer<D>>> =>
  attempt(() => {
    // 'f32' is what D is when it is not given, by its default.
    const kind = dtype ?? ('f32' as D)
    checkKinds('tensor', data, kind)
    checkDims('tensor', dims)
    // The typed edge: it is a list, whose elements are looked at one by one.
    return tensorOf<NormalShape<S>, D>(
      dims,
      kind,
      elementsOf('tensor', dims, data as ArrayLike<number>, kind),
    )
  })

/**
 * A tensor from nested arrays of numbers: one level of nesting for each dimension. Its sizes are known at run
 * time only; `asShape` gives them to the types. `dtype` as for `tensor`. Default: 'f32'. Fails with a user
 * fault `ragged-data`, which names the row, if rows differ in length, and `empty-data` if there are none.
 *
 * @example
 * ```ts
 * import { fromArrays, unwrap } from 'densor'
 *
 * const rows = [[5.1, 3.5], [4.9, 3.0], [6.2, 2.9]]
 * console.log(unwrap(fromArrays(rows)).dims) // [3, 2]
 * ```
 */
export const fromArrays = <const X extends Nested, D extends DType = 'f32'>(
  values: X,
  dtype?: D,
): E.Either<Fault, Tensor<NestedShape<X>, NoInfer<D>>> =>
  attempt(() => {
    const kind = dtype ?? ('f32' as D)
    checkKinds('fromArrays', values, kind)
    return tensorFromNested<NestedShape<X>, D>('fromArrays', values, kind)
  })

/** The tensor of nested arrays that are known to be a list. Throws `ragged-data`, `empty-data`, `not-a-number`. */
export const tensorFromNested = <S extends Shape, D extends DType>(
  op: string,
  values: ArrayLike<unknown>,
  dtype: D,
): Tensor<S, D> => {
  const dims = nestedDims(values)
  checkDims(op, dims)
  return tensorOf<S, D>(dims, dtype, nestedElements(op, dims, values, dtype))
}

/**
 * The same tensor with the dimensions of `shape` in its type, after they were checked at run time. A string
 * stands for any size. Fails with a user fault `shape-mismatch` if the tensor has other dimensions.
 *
 * @example
 * ```ts
 * import { asShape, fromArrays, unwrap } from 'densor'
 *
 * const rows: number[][] = JSON.parse('[[5.1, 3.5], [4.9, 3.0]]')
 * const x = unwrap(asShape(unwrap(fromArrays(rows)), ['N', 2])) // Tensor<['N', 2]>
 * console.log(x.dims) // [2, 2]
 * ```
 */
export const asShape: AsShapeFn = (x, shape) =>
  attempt(() => {
    unify('asShape', shape, requireTensor('asShape', x).dims)
    // The one cast: unify has just proved at run time what the type says.
    return x as never
  })

/**
 * Like `asShape`, for a record of tensors: a string stands for the same size in all of them. Fails with a
 * user fault `shape-mismatch` if a tensor has other dimensions, and `unknown-name` if a tensor has no shape.
 *
 * @example
 * ```ts
 * import { asShapes, fromArrays, unwrap } from 'densor'
 *
 * const [x, y] = [unwrap(fromArrays([[5.1, 3.5], [4.9, 3.0]])), unwrap(fromArrays([[1], [0]]))]
 * const samples = unwrap(asShapes({ x, y }, { x: ['N', 2], y: ['N', 1] }))
 * console.log(samples.x.dims, samples.y.dims) // [2, 2] [2, 1]
 * ```
 */
export const asShapes: AsShapesFn = (tensors, shapes) =>
  attempt(() => {
    let bound: ReadonlyMap<string, Dim> = new Map()
    const entries: readonly [string, AnyTensor][] = Object.entries(tensors)
    const wanted: ReadonlyMap<string, Shape> = new Map(Object.entries<Shape>(shapes))
    for (const [name, x] of entries) {
      const shape = wanted.get(name)
      if (shape === undefined) throw userFault('unknown-name', `asShapes: no shape is given for '${name}'`)
      bound = unify(`asShapes: ${name}`, shape, requireTensor(`asShapes: ${name}`, x).dims, bound)
    }
    for (const name of wanted.keys())
      if (!(name in tensors)) throw userFault('unknown-name', `asShapes: there is no tensor '${name}'`)
    // The one cast: unify has just proved at run time what the types say.
    return tensors as never
  })
