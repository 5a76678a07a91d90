import { bug, limitation } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import type { Contraction } from '../loop/contraction/contraction.js'
import { add, bits, i32, mul, shl } from '../loop/expr.js'
import type { Expr, Lanes, Stmt } from '../loop/ir.js'
import type { View } from '../ops/row.js'
import { at, wholeOf } from '../ops/tensor.js'
import type { Group } from './fusion.js'
import {
  bind,
  clearingOf,
  computeMember,
  ELEMENT,
  type Frame,
  type Placement,
  readAccess,
  writeValue,
} from './members.js'
import { type Node, readAtPoints } from './nodes.js'
import { type Access, mergeDims, viewOver } from './views.js'

type Side = 'batch' | 'm' | 'n'

/** The operands of a dot_general as windows on its result's space, and along its contracting dimension. */
interface Sides {
  readonly side: readonly Side[]
  readonly lhs: View
  readonly rhs: View
  /** dimensions, merged where both operands' strides allow it; more than one only where windows overlap */
  readonly k: readonly { readonly extent: number; readonly lhs: number; readonly rhs: number }[]
}

/** The template's view of a contraction group: extents, strides, addresses, and the epilogue as a callback. */
export const contractionOf = (
  name: string,
  group: Group,
  product: Node,
  stored: (root: Value) => boolean,
  placement: Placement,
): Contraction => {
  const sides = sidesOf(product)
  const space = product.space
  const outside = externalViews(group, product)
  const merged = mergeDims(
    space,
    [sides.lhs, sides.rhs, wholeOf(space), ...outside.map(v => v.spread)],
    (a, b) => at(sides.side, a) === at(sides.side, b),
  )
  const sideOf = (d: number): Side => at(sides.side, at(merged.dims, d))
  const last = (side: Side): number => merged.space.findLastIndex((_, d) => sideOf(d) === side)
  const [m, n] = [last('m'), last('n')]
  const isNested = sides.k.length > 1
  const isRow = (d: number): boolean => isNested && sideOf(d) === 'm' && d !== m
  const around = merged.space.map((_, d) => d).filter(d => d !== m && d !== n)
  const outer = around.filter(d => !isRow(d))
  const rows = around.filter(isRow)
  const k = sides.k.at(-1) ?? { extent: 1, lhs: 1, rhs: 1 }
  const [lhs, rhs, linear] = [at(merged.views, 0), at(merged.views, 1), at(merged.views, 2)]
  const stride = (view: View, d: number): number => (d < 0 ? 0 : at(view.strides, d))
  const extent = (d: number): number => (d < 0 ? 1 : at(merged.space, d))
  const [a, b] = [at(product.operands, 0), at(product.operands, 1)]
  const views = new Map<View, View>(outside.map((v, i) => [v.original, at(merged.views, i + 3)]))
  const dtype = placement.analysis.typeOf(product.equation.output).dtype
  if (dtype === 'f64' || dtype === 'bool') {
    throw limitation(
      'contraction-dtype',
      `dot_general of ${dtype} is not compiled; convert the operands to f32`,
    )
  }
  return {
    name,
    // Products of u32 wrap as those of i32 do: the same bits.
    elem: dtype === 'f32' ? 'f32' : 'i32',
    unit: placement.unit,
    outer: outer.map(d => ({ extent: extent(d), a: stride(lhs, d), b: stride(rhs, d) })),
    m: extent(m),
    n: extent(n),
    k: k.extent,
    rows: rows.map(d => ({ extent: extent(d), a: stride(lhs, d) })),
    terms: sides.k.slice(0, -1).map(({ extent, lhs }) => ({ extent, a: lhs })),
    a: {
      base: placement.addressOf(a.root) + lhs.offset * ELEMENT,
      strideM: stride(lhs, m),
      strideK: k.lhs,
      isFixed: placement.isFixed(a.root),
    },
    b: {
      base: placement.addressOf(b.root) + rhs.offset * ELEMENT,
      strideK: k.rhs,
      strideN: stride(rhs, n),
      isFixed: placement.isFixed(b.root),
    },
    store: ({ l, i, j, acc, prefix }) => {
      const index = new Map<number, Expr>([...outer, ...rows].map((d, o) => [d, at(l, o)]))
      if (m >= 0) index.set(m, i)
      if (n >= 0) index.set(n, j)
      const body: Stmt[] = []
      const frame = epilogueFrame(index, n, acc.type.lanes, body, prefix)
      const sum = dtype === 'u32' ? bits(acc, 'u32') : acc
      epilogue(group, product, stored, placement, frame, sum, views, linear)
      return body
    },
  }
}

/** Which side each result dimension belongs to, and how the operands move along it. */
const sidesOf = (product: Node): Sides => {
  const { equation } = product
  if (equation.prim !== 'dot_general') throw bug(`schedule: ${equation.prim} is no contraction`)
  const { lhsBatch, rhsBatch, lhsContracting, rhsContracting } = equation.params
  const [a, b] = [at(product.operands, 0).view, at(product.operands, 1).view]
  const lhsFree = freeDims(a, lhsBatch, lhsContracting)
  const rhsFree = freeDims(b, rhsBatch, rhsContracting)
  const side: Side[] = [
    ...lhsBatch.map((): Side => 'batch'),
    ...lhsFree.map((): Side => 'm'),
    ...rhsFree.map((): Side => 'n'),
  ]
  const pick = (view: View, dims: readonly number[]): number[] => dims.map(d => at(view.strides, d))
  const zeros = (dims: readonly number[]): number[] => dims.map(() => 0)
  return {
    side,
    lhs: {
      shape: product.space,
      strides: [...pick(a, lhsBatch), ...pick(a, lhsFree), ...zeros(rhsFree)],
      offset: a.offset,
    },
    rhs: {
      shape: product.space,
      strides: [...pick(b, rhsBatch), ...zeros(lhsFree), ...pick(b, rhsFree)],
      offset: b.offset,
    },
    k: contractedDims(a, b, lhsContracting, rhsContracting),
  }
}

/** The contracting dimensions of both operands, merged. */
const contractedDims = (a: View, b: View, lhs: readonly number[], rhs: readonly number[]): Sides['k'] => {
  const pick = (view: View, dims: readonly number[]): View => ({
    shape: dims.map(d => at(view.shape, d)),
    strides: dims.map(d => at(view.strides, d)),
    offset: 0,
  })
  const { space, views } = mergeDims(pick(a, lhs).shape, [pick(a, lhs), pick(b, rhs)])
  return space.map((extent, d) => ({
    extent,
    lhs: at(at(views, 0).strides, d),
    rhs: at(at(views, 1).strides, d),
  }))
}

const freeDims = (view: View, batch: readonly number[], contracting: readonly number[]): number[] =>
  view.shape.map((_, d) => d).filter(d => !batch.includes(d) && !contracting.includes(d))

/** Views that the epilogue reads from outside, over the dimensions of the product's result. */
const externalViews = (group: Group, product: Node): { readonly original: View; readonly spread: View }[] => {
  const own = new Set(group.members.map(n => n.equation.output))
  const seen = new Map<View, View>()
  for (const node of group.members) {
    if (node === product) continue
    for (const { root, view } of readAtPoints(node)) {
      if (own.has(root) || seen.has(view)) continue
      const spread = viewOver(view, product.space)
      if (spread === undefined) throw bug(`schedule: a view of [${view.shape}] over [${product.space}]`)
      seen.set(view, spread)
    }
  }
  return [...seen].map(([original, spread]) => ({ original, spread }))
}

/** A frame whose indices count elements; the lanes run along `n`. */
const epilogueFrame = (
  index: ReadonlyMap<number, Expr>,
  n: number,
  lanes: Lanes,
  body: Stmt[],
  prefix: string,
): Frame => {
  let names = 0
  const place = (view: View) => {
    let sum: Expr = i32(0)
    for (const [d, i] of index) {
      const stride = at(view.strides, d)
      if (stride !== 0) sum = add(sum, mul(i, stride))
    }
    return {
      bytes: shl(sum, 2),
      constant: 0,
      key: '',
      laneStride: n < 0 ? 0 : at(view.strides, n),
      moves: true,
    }
  }
  return { lanes, place, body, before: body, fresh: () => `${prefix}e${names++}` }
}

/** The pointwise members over the finished sum, and the stores of whatever leaves the kernel. */
const epilogue = (
  group: Group,
  product: Node,
  stored: (root: Value) => boolean,
  placement: Placement,
  frame: Frame,
  acc: Expr,
  views: ReadonlyMap<View, View>,
  linear: View,
): void => {
  const values = new Map<Value, Expr>()
  const clearing = clearingOf(placement)
  const own = new Set(group.members.map(n => n.equation.output))
  const read = ({ root, view }: Access): Expr => {
    const inside = values.get(root)
    if (inside !== undefined) return inside
    const spread = views.get(view)
    if (spread === undefined) throw bug(`schedule: an unknown view of %${root} in an epilogue`)
    return readAccess(placement, frame, { root, view: spread })
  }
  for (const node of group.members) {
    const root = node.equation.output
    const operands = node === product ? [] : readAtPoints(node).map(read)
    const value =
      node === product
        ? clearing.mark(bind(frame, acc))
        : computeMember(placement, frame, node, operands, linear, clearing)
    values.set(root, value)
  }
  // All is read before anything is written: a result may take the place of an operand that another member reads too.
  const kept = [...values]
    .filter(([root]) => stored(root))
    .map(([root, value]) => {
      const isKept = placement.clear.isKept(root, v => own.has(v))
      return [root, isKept ? clearing.clear(frame, value) : value] as const
    })
  for (const [root, value] of kept) writeValue(frame, value, placement.addressOf(root), linear)
}
