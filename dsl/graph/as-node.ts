/** Numbers that are there before a graph is built, as nodes of it. */
import { type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { show } from '../types/show.js'
import { notRunYet, notUnwrapped } from '../types/wording.js'
import { constant } from './elementwise.js'
import { type Node, operation } from './node.js'

/** What a tensor has; a caller without types may give anything. */
interface Elements {
  readonly dims: readonly number[]
  readonly dtype: DType
  readonly data: TypedArray
}

const isTensor = (x: unknown): x is Elements =>
  typeof x === 'object' && x !== null && 'dims' in x && Array.isArray(x.dims) && 'dtype' in x && 'data' in x

/**
 * A tensor, or a number, as a node whose elements are these: they are copied now, and have no derivative. Elements of
 * f64 become f32. Throws a user's fault for what is no tensor, or has lost its elements.
 */
export const asNode = (x: unknown): Node => {
  if (typeof x === 'number') return constant(x)
  if (!isTensor(x)) throw noTensor(x)
  const { dims } = x
  const size = sizeOf(dims)
  if (!ArrayBuffer.isView(x.data) || x.data.length !== size)
    throw userFault(
      'wrong-length',
      `asNode: the tensor of ${show(dims)} must have ${size} elements in a typed array`,
      { suggestion: 'make it with tensor(…) or fromArrays(…)' },
    )
  const dtype = x.dtype === 'f64' ? 'f32' : x.dtype
  const data = x.dtype === 'f64' ? Float32Array.from(x.data) : x.data.slice()
  return operation('asNode', [], dims, dtype, b => b.constant({ shape: dims, dtype }, data))
}

const noTensor = (x: unknown) => {
  if (typeof x === 'object' && x !== null && '_tag' in x)
    return userFault('not-unwrapped', notUnwrapped('asNode'))
  if (typeof x === 'function' || x instanceof Promise) return userFault('task-not-run', notRunYet('asNode'))
  return userFault('not-a-tensor', 'asNode: expected a tensor or a number', {
    suggestion: 'make a tensor with tensor(…) or fromArrays(…)',
  })
}
