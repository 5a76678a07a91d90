import { sizeOf } from '../../runtime/dtype.js'
import { sameShape } from '../ir/program.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { type Analysis, type Node, readsWords } from './nodes.js'
import { commonSpace, isBroadcastOver, isWhole, squeeze, viewOver } from './views.js'

/** Where a member lives: on the whole space, or on its outer dimensions. */
export type Role = 'full' | 'outer'

/** A group that may still grow. */
export interface Draft {
  readonly kind: 'loops' | 'contraction' | 'single'
  readonly space: readonly number[]
  readonly inner: readonly boolean[] | undefined
  readonly members: Map<Node, Role>
  /** Index of its last member. */
  readonly last: number
  /** Operations of the loop IR that its members take. */
  readonly cost: number
}

/** How two groups become one. */
export interface MergePlan {
  readonly kind: Draft['kind']
  readonly space: readonly number[]
  readonly inner: readonly boolean[] | undefined
  /** The group whose members then live on the outer dimensions, if it is one that did not. */
  readonly below?: Draft
}

/**
 * Groups do not grow past so many members and operations: longer kernels are no faster, and engines and C compilers
 * take more than twice the time for twice the code.
 */
const MEMBERS = 256
const OPERATIONS = 8192

/** The merged group when the two fit on one index space and every value between them is read in place. */
export const mergePlan = (analysis: Analysis, a: Draft, b: Draft): MergePlan | undefined => {
  if (a.members.size + b.members.size > MEMBERS || a.cost + b.cost > OPERATIONS) return undefined
  const plan = fitTogether(a, b)
  return plan !== undefined && readsFit(analysis, plan, a, b) && readsFit(analysis, plan, b, a)
    ? plan
    : undefined
}

/** True where one group's reads of what the other makes are in place when they are one. */
const readsFit = (analysis: Analysis, plan: MergePlan, readers: Draft, makers: Draft): boolean => {
  const { space, inner, below } = plan
  const size = sizeOf(space)
  const outerSize = inner === undefined ? size : sizeOf(space.filter((_, d) => !inner[d]))
  const reads = (node: Node, role: Role, view: View, made: Role): boolean => {
    if (node.kind === 'contraction' || readsWords(node)) return false
    const onSpace = role === 'full' || node.kind === 'reduction'
    if (made === 'full') return onSpace && isWhole(view, size)
    return onSpace
      ? inner !== undefined && repeats(viewOver(view, space), inner, outerSize)
      : isWhole(view, outerSize)
  }
  for (const node of readingNodes(analysis, readers, makers)) {
    const role = readers === below ? 'outer' : readers.members.get(node)
    for (const { root, view } of node.operands) {
      const maker = analysis.nodeOf.get(root)
      const made = maker === undefined ? undefined : makers.members.get(maker)
      if (role === undefined || made === undefined) continue
      if (!reads(node, role, view, makers === below ? 'outer' : made)) return false
    }
  }
  return true
}

/** Members of one group among which are all that read what the other makes: found from the side that is shorter. */
const readingNodes = (analysis: Analysis, readers: Draft, makers: Draft): Iterable<Node> => {
  const found: Node[] = []
  for (const maker of makers.members.keys()) {
    const all = analysis.readers.get(maker.equation.output) ?? []
    if (found.length + all.length > readers.members.size) return readers.members.keys()
    found.push(...all)
  }
  return found
}

/** True for a view that is there and repeats a whole buffer of the outer dimensions. */
const repeats = (view: View | undefined, inner: readonly boolean[], size: number): boolean =>
  view !== undefined && isBroadcastOver(view, inner, size)

/** The index space that two groups share, if there is one, and which of them lives on its outer dimensions. */
const fitTogether = (a: Draft, b: Draft): MergePlan | undefined => {
  if (a.kind === 'single' || b.kind === 'single') return undefined
  if (a.kind === 'contraction' || b.kind === 'contraction') {
    if (a.kind === b.kind || a.inner !== undefined || b.inner !== undefined) return undefined
    const product = a.kind === 'contraction' ? a : b
    return sameSize(a, b) ? { kind: 'contraction', space: product.space, inner: undefined } : undefined
  }
  if (sizeOf(a.space) === sizeOf(b.space)) {
    const shared = sharedSpace(a, b)
    return shared && { kind: 'loops', ...shared }
  }
  if ((a.inner === undefined) === (b.inner === undefined)) return undefined
  const [rows, plain] = a.inner === undefined ? [b, a] : [a, b]
  const outer = rows.space.filter((_, d) => !rows.inner?.[d])
  if (!sameShape(squeeze(plain.space), squeeze(outer))) return undefined
  return { kind: 'loops', space: rows.space, inner: rows.inner, below: plain }
}

/** The space of two groups with as many elements: the dimensions of both, and the inner ones if they agree. */
const sharedSpace = (a: Draft, b: Draft): Pick<MergePlan, 'space' | 'inner'> | undefined => {
  const space = sameSize(a, b) ? finer(a.space, b.space) : commonSpace(a.space, b.space)
  if (space === undefined || !(keepsRow(a, space) && keepsRow(b, space))) return undefined
  const [x, y] = [innerOver(a, space), innerOver(b, space)]
  const agree = x === undefined || y === undefined || x.every((isInner, d) => isInner === y[d])
  return agree ? { space, inner: x ?? y } : undefined
}

/** Elements of the innermost dimension that fill any vector. */
const ROW = 16

/** False where the space cuts a group's innermost dimension into pieces too short for vectors. */
const keepsRow = ({ space: own }: Draft, space: readonly number[]): boolean => {
  const [last, row] = [squeeze(space).at(-1) ?? 1, squeeze(own).at(-1) ?? 1]
  return last >= Math.min(ROW, row)
}

/** Which dimensions of a space, that has those of the group or parts of them, are inner ones of the group. */
const innerOver = ({ space: own, inner }: Draft, space: readonly number[]): boolean[] | undefined => {
  if (inner === undefined) return undefined
  const isInner = space.map(() => false)
  let [from, left] = [own.length - 1, own.at(-1) ?? 1]
  for (let d = space.length - 1; d >= 0; d--) {
    if (space[d] === 1) continue
    while (left === 1 && from > 0) left = at(own, --from)
    isInner[d] = at(inner, from)
    left /= at(space, d)
  }
  return isInner
}

/** Spaces that differ in extents of 1 alone are one space. */
const sameSize = (a: Draft, b: Draft): boolean => sameShape(squeeze(a.space), squeeze(b.space))

const finer = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.length >= b.length ? a : b
