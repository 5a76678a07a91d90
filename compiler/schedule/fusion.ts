import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import { sameShape, type Value } from '../ir/program.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { type Analysis, type Node, readsWords } from './nodes.js'
import { commonSpace, isBroadcastOver, isWhole, squeeze, viewOver } from './views.js'

/**
 * Fusion: nodes become groups, a kernel each. A group is a set of nodes over one index space.
 * With a reduction, the space has outer and inner dimensions: `full` members live on all of it,
 * `outer` members on the outer dimensions only (a row's sum, and what is computed from it).
 * A contraction group is one dot_general and the pointwise members over its result: its epilogue.
 * Only facts of rows decide; no primitive is named here.
 */
export interface Group {
  readonly kind: 'loops' | 'contraction' | 'single'
  /** In program order. */
  readonly members: readonly Node[]
  readonly space: readonly number[]
  /** The inner dimensions; none without a reduction. */
  readonly inner: readonly boolean[] | undefined
  readonly isOuter: (node: Node) => boolean
}

/** Where a member lives: on the whole space, or on its outer dimensions. */
type Role = 'full' | 'outer'

interface Draft {
  readonly id: number
  kind: Group['kind']
  space: readonly number[]
  inner: readonly boolean[] | undefined
  readonly members: Map<Node, Role>
  readonly successors: Set<Draft>
  readonly predecessors: Set<Draft>
  first: number
  last: number
}

/** Groups the nodes of a program, in an order in which they can run. */
export const fuse = (analysis: Analysis): readonly Group[] => {
  const drafts = new Map<Node, Draft>()
  for (const node of analysis.nodes) drafts.set(node, draftOf(node))
  linkSuccessors(analysis, drafts)
  const find = (node: Node): Draft => {
    const draft = drafts.get(node)
    if (draft === undefined) throw bug(`schedule: no group for node ${node.index}`)
    return draft
  }
  const tryMerge = (a: Draft, b: Draft): void => {
    const plan = a === b ? undefined : mergePlan(analysis, a, b)
    if (plan !== undefined && !pathAround(a, b) && !pathAround(b, a)) applyMerge(drafts, a, b, plan)
  }
  growEpilogues(analysis, find, tryMerge)
  // A value joins its readers before it is offered to what made it: it then never leaves registers.
  for (const node of [...analysis.nodes].reverse()) {
    for (const reader of analysis.readers.get(node.equation.output) ?? []) tryMerge(find(node), find(reader))
  }
  mergeSiblings(analysis, find, tryMerge)
  return order([...new Set(drafts.values())]).map(finish)
}

const draftOf = (node: Node): Draft => ({
  id: node.index,
  kind:
    node.kind === 'contraction'
      ? 'contraction'
      : node.kind === 'pointwise' || node.kind === 'reduction'
        ? 'loops'
        : 'single',
  space: node.space,
  inner: node.reduced,
  members: new Map([[node, node.kind === 'reduction' ? 'outer' : 'full']]),
  successors: new Set(),
  predecessors: new Set(),
  first: node.index,
  last: node.index,
})

const linkSuccessors = (analysis: Analysis, drafts: ReadonlyMap<Node, Draft>): void => {
  const link = (from: Draft | undefined, to: Draft | undefined): void => {
    if (from === undefined || to === undefined || to === from) return
    from.successors.add(to)
    to.predecessors.add(from)
  }
  for (const [node, draft] of drafts) {
    for (const reader of analysis.readers.get(node.equation.output) ?? []) link(draft, drafts.get(reader))
    for (const earlier of analysis.awaited.get(node) ?? []) link(drafts.get(earlier), draft)
  }
}

// ---- what may be merged

interface MergePlan {
  readonly kind: Group['kind']
  readonly space: readonly number[]
  readonly inner: readonly boolean[] | undefined
  readonly roles: ReadonlyMap<Node, Role>
}

/** The merged group when the two fit on one index space and every value between them is read in place. */
const mergePlan = (analysis: Analysis, a: Draft, b: Draft): MergePlan | undefined => {
  const candidate = fitTogether(a, b)
  if (candidate === undefined) return undefined
  const { roles, space, inner } = candidate
  const size = sizeOf(space)
  const outerSize = inner === undefined ? size : sizeOf(space.filter((_, d) => !inner[d]))
  const roleOf = (root: Value): Role | undefined => {
    const maker = analysis.nodeOf.get(root)
    return maker === undefined ? undefined : roles.get(maker)
  }
  for (const [node, role] of roles) {
    for (const { root, view } of node.operands) {
      const made = roleOf(root)
      if (made === undefined) continue
      if (node.kind === 'contraction' || readsWords(node)) return undefined
      const onSpace = role === 'full' || node.kind === 'reduction'
      const fits =
        made === 'full'
          ? onSpace && isWhole(view, size)
          : onSpace
            ? inner !== undefined && repeats(viewOver(view, space), inner, outerSize)
            : isWhole(view, outerSize)
      if (!fits) return undefined
    }
  }
  return candidate
}

/** True for a view that is there and repeats a whole buffer of the outer dimensions. */
const repeats = (view: View | undefined, inner: readonly boolean[], size: number): boolean =>
  view !== undefined && isBroadcastOver(view, inner, size)

/** The index space that two groups share, if there is one, and where each member then lives. */
const fitTogether = (a: Draft, b: Draft): MergePlan | undefined => {
  if (a.kind === 'single' || b.kind === 'single') return undefined
  const roles = new Map([...a.members, ...b.members])
  if (a.kind === 'contraction' || b.kind === 'contraction') {
    if (a.kind === b.kind || a.inner !== undefined || b.inner !== undefined) return undefined
    const product = a.kind === 'contraction' ? a : b
    return sameSize(a, b) ? { kind: 'contraction', space: product.space, inner: undefined, roles } : undefined
  }
  if (sizeOf(a.space) === sizeOf(b.space)) {
    const shared = sharedSpace(a, b)
    return shared && { kind: 'loops', ...shared, roles }
  }
  if ((a.inner === undefined) === (b.inner === undefined)) return undefined
  const [rows, plain] = a.inner === undefined ? [b, a] : [a, b]
  const outer = rows.space.filter((_, d) => !rows.inner?.[d])
  if (!sameShape(squeeze(plain.space), squeeze(outer))) return undefined
  for (const node of plain.members.keys()) roles.set(node, 'outer')
  return { kind: 'loops', space: rows.space, inner: rows.inner, roles }
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

// ---- cycles

/** True when `to` can be reached from `from` by way of a third group: merging the two would close a cycle. */
const pathAround = (from: Draft, to: Draft): boolean => {
  const seen = new Set<Draft>([from, to])
  const stack = [...from.successors].filter(d => d !== to)
  for (let d = stack.pop(); d !== undefined; d = stack.pop()) {
    if (seen.has(d) || d.first > to.last) continue
    seen.add(d)
    if (d.successors.has(to)) return true
    stack.push(...d.successors)
  }
  return false
}

const applyMerge = (drafts: Map<Node, Draft>, a: Draft, b: Draft, plan: MergePlan): void => {
  a.kind = plan.kind
  a.space = plan.space
  a.inner = plan.inner
  for (const [node, role] of plan.roles) {
    a.members.set(node, role)
    drafts.set(node, a)
  }
  a.first = Math.min(a.first, b.first)
  a.last = Math.max(a.last, b.last)
  for (const s of b.successors) {
    s.predecessors.delete(b)
    s.predecessors.add(a)
    a.successors.add(s)
  }
  for (const p of b.predecessors) {
    p.successors.delete(b)
    p.successors.add(a)
    a.predecessors.add(p)
  }
  a.successors.delete(a)
  a.predecessors.delete(a)
}

/** A product takes the pointwise values computed from it first: they cost nothing while it stands in registers. */
const growEpilogues = (
  analysis: Analysis,
  find: (n: Node) => Draft,
  tryMerge: (a: Draft, b: Draft) => void,
): void => {
  for (const product of analysis.nodes) {
    if (product.kind !== 'contraction') continue
    const reached = [product]
    for (let node = reached.pop(); node !== undefined; node = reached.pop()) {
      for (const reader of analysis.readers.get(node.equation.output) ?? []) {
        if (find(reader) === find(product)) continue
        tryMerge(find(product), find(reader))
        if (find(reader) === find(product)) reached.push(reader)
      }
    }
  }
}

// ---- siblings

/** Groups that read the same large value over the same space share one pass over it. */
const mergeSiblings = (
  analysis: Analysis,
  find: (n: Node) => Draft,
  tryMerge: (a: Draft, b: Draft) => void,
): void => {
  for (const readers of analysis.readers.values()) {
    for (let i = 1; i < readers.length; i++) {
      const a = find(at(readers, i - 1))
      const b = find(at(readers, i))
      if (a.kind === 'loops' && b.kind === 'loops' && sizeOf(a.space) === sizeOf(b.space)) tryMerge(a, b)
    }
  }
}

// ---- the result

/** Groups such that each comes after those it reads from; otherwise as the program has them. */
const order = (drafts: readonly Draft[]): readonly Draft[] => {
  const waiting = new Map<Draft, number>(drafts.map(d => [d, 0]))
  for (const d of drafts) for (const s of d.successors) waiting.set(s, (waiting.get(s) ?? 0) + 1)
  const ready = drafts.filter(d => waiting.get(d) === 0)
  const done: Draft[] = []
  while (ready.length > 0) {
    ready.sort((x, y) => y.last - x.last)
    const next = ready.pop()
    if (next === undefined) break
    done.push(next)
    for (const s of next.successors) {
      const left = (waiting.get(s) ?? 0) - 1
      waiting.set(s, left)
      if (left === 0) ready.push(s)
    }
  }
  if (done.length !== drafts.length) throw bug('schedule: the groups have a cycle')
  return done
}

const finish = (draft: Draft): Group => ({
  kind: draft.kind,
  members: [...draft.members.keys()].sort((x, y) => x.index - y.index),
  space: draft.space,
  inner: draft.inner,
  isOuter: node => draft.members.get(node) === 'outer',
})
