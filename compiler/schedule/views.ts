import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { Equation, Value } from '../ir/program.js'
import type { View } from '../ops/row.js'
import { rowOf } from '../ops/rows.js'
import { at, wholeOf } from '../ops/tensor.js'

/** How a kernel reads a value: through a strided window on the storage of `root`. */
export interface Access {
  readonly root: Value
  readonly view: View
}

/** Elements that are copied to a window on a buffer. */
export interface Move {
  readonly from: Access
  readonly view: View
}

/** True when reading the view in row-major order reads a buffer of `size` elements from end to end. */
export const isWhole = (view: View, size: number): boolean =>
  view.offset === 0 && sizeOf(view.shape) === size && isContiguous(view)

/** True when the view's elements lie side by side in row-major order (dimensions of extent 1 do not matter). */
export const isContiguous = (view: View): boolean => {
  let expected = 1
  for (let d = view.shape.length - 1; d >= 0; d--) {
    const extent = at(view.shape, d)
    if (extent !== 1 && at(view.strides, d) !== expected) return false
    expected *= extent
  }
  return true
}

/**
 * True when the view repeats, along `inner`, a buffer laid out row-major over the other dimensions:
 * how a row's statistic is read back for every element of the row.
 */
export const isBroadcastOver = (view: View, inner: readonly boolean[], size: number): boolean => {
  if (view.offset !== 0) return false
  let expected = 1
  for (let d = view.shape.length - 1; d >= 0; d--) {
    const extent = at(view.shape, d)
    if (extent === 1) continue
    if (at(view.strides, d) !== (inner[d] ? 0 : expected)) return false
    if (!inner[d]) expected *= extent
  }
  return expected === size
}

/** The dimensions of two shapes of as many elements in which both can be said; undefined where there are none. */
export const commonSpace = (a: readonly number[], b: readonly number[]): readonly number[] | undefined => {
  const [xs, ys] = [squeeze(a), squeeze(b)]
  const dims: number[] = []
  let [x, y] = [xs.pop(), ys.pop()]
  while (x !== undefined && y !== undefined) {
    const extent = Math.min(x, y)
    if (x % extent !== 0 || y % extent !== 0) return undefined
    dims.unshift(extent)
    x = x === extent ? xs.pop() : x / extent
    y = y === extent ? ys.pop() : y / extent
  }
  return x === undefined && y === undefined ? dims : undefined
}

/** A shape without its extents of 1, which no loop sees. */
export const squeeze = (shape: readonly number[]): number[] => shape.filter(d => d !== 1)

/**
 * A view over the dimensions of a space that has its own, some of them divided; where `stays` says so it stands still.
 * Undefined where the space has others.
 */
export const viewOver = (
  view: View,
  space: readonly number[],
  stays?: readonly boolean[],
): View | undefined => {
  const given = view.shape.flatMap((extent, d) =>
    extent === 1 ? [] : [{ extent, stride: at(view.strides, d) }],
  )
  const strides = space.map(() => 0)
  let own = given.pop()
  for (let d = space.length - 1; d >= 0; d--) {
    const extent = at(space, d)
    if (extent === 1 || stays?.[d]) continue
    if (own === undefined || (own.extent !== extent && own.extent % extent !== 0)) return undefined
    strides[d] = own.stride
    own = own.extent === extent ? given.pop() : { extent: own.extent / extent, stride: own.stride * extent }
  }
  return own === undefined ? { shape: space, strides, offset: view.offset } : undefined
}

/**
 * Follows views (reshape, transpose, slice, broadcast …) down to the value whose storage they window.
 * A view that strides cannot express ends the walk: that equation will be a copy.
 */
export const resolveAccess = (
  value: Value,
  shape: readonly number[],
  producer: (v: Value) => Equation | undefined,
  known: Map<Value, Access>,
  shapeOf: (v: Value) => readonly number[],
): Access => {
  const chain: { readonly equation: Equation; readonly value: Value }[] = []
  let root = value
  let access = known.get(root)
  while (access === undefined) {
    const equation = producer(root)
    if (equation === undefined || rowOf(equation.prim).lower.kind !== 'view') break
    chain.push({ equation, value: root })
    root = at(equation.inputs, 0)
    access = known.get(root)
  }
  let current: Access = access ?? leafAccess(root, producer(root), shapeOf(root))
  known.set(root, current)
  for (const { equation, value: v } of chain.reverse()) {
    const view = viewThrough(equation, current.view)
    current = view === undefined ? { root: v, view: wholeOf(shapeOf(v)) } : { root: current.root, view }
    known.set(v, current)
  }
  if (sizeOf(current.view.shape) !== sizeOf(shape))
    throw bug(`schedule: a view of [${current.view.shape}] for [${shape}]`)
  return current
}

/** An iota over several dimensions is its one-dimensional self, repeated. */
const leafAccess = (root: Value, equation: Equation | undefined, shape: readonly number[]): Access => {
  if (equation?.prim !== 'iota') return { root, view: wholeOf(shape) }
  const { dimension } = equation.params
  return { root, view: { shape, strides: shape.map((_, d) => (d === dimension ? 1 : 0)), offset: 0 } }
}

/** The window of a view equation on what its operand windows; `undefined` when strides cannot say it. */
export const viewThrough = (equation: Equation, of: View): View | undefined => {
  const { lower } = rowOf(equation.prim)
  if (lower.kind !== 'view') throw bug(`schedule: ${equation.prim} is no view`)
  return lower.view(of, equation.params)
}

/** Several windows on one index space, dimensions merged wherever all of them allow it; extents of 1 are dropped. */
export const mergeDims = (
  space: readonly number[],
  views: readonly View[],
  mayMerge: (outer: number, inner: number) => boolean = () => true,
): { readonly space: number[]; readonly views: View[]; readonly dims: number[] } => {
  const extents: number[] = []
  const strides: number[][] = views.map(() => [])
  /** the original dimension that each merged one ends with */
  const dims: number[] = []
  for (let d = 0; d < space.length; d++) {
    const extent = at(space, d)
    if (extent === 1) continue
    const last = extents.length - 1
    const joins =
      last >= 0 &&
      mayMerge(at(dims, last), d) &&
      views.every((v, i) => at(at(strides, i), last) === at(v.strides, d) * extent)
    if (joins) {
      extents[last] = at(extents, last) * extent
      views.forEach((v, i) => {
        at(strides, i)[last] = at(v.strides, d)
      })
      dims[last] = d
    } else {
      extents.push(extent)
      views.forEach((v, i) => {
        at(strides, i).push(at(v.strides, d))
      })
      dims.push(d)
    }
  }
  return {
    space: extents,
    views: views.map((v, i) => ({ shape: extents, strides: at(strides, i), offset: v.offset })),
    dims,
  }
}
