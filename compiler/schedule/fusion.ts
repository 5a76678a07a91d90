import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import { at } from '../ops/tensor.js'
import { Acyclic } from './acyclic.js'
import { costsOf } from './cost.js'
import { Heap } from './heap.js'
import { type Draft, type MergePlan, mergePlan } from './merge.js'
import type { Analysis, Node } from './nodes.js'

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
  /** Operations of the loop IR that its members take. */
  readonly cost: number
}

/** The groups so far, by the number that each has among the vertices of a graph without cycles. */
interface Drafts {
  readonly graph: Acyclic
  readonly drafts: Map<number, Draft>
  /** By a node's index, its group's number or that of a group which was merged into it. */
  readonly homes: number[]
}

/** Groups the nodes of a program, in an order in which they can run. */
export const fuse = (analysis: Analysis): readonly Group[] => {
  const costOf = costsOf(analysis)
  const all: Drafts = {
    graph: graphOf(analysis),
    drafts: new Map(analysis.nodes.map(node => [node.index, draftOf(node, costOf(node))])),
    homes: analysis.nodes.map(node => node.index),
  }
  const home = (node: Node): number => homeOf(all.homes, node.index)
  const find = (node: Node): Draft => draftAt(all, home(node))
  const tryMerge = (x: Node, y: Node): void => {
    const [a, b] = [home(x), home(y)]
    if (a !== b) mergeWhereFits(analysis, all, a, b)
  }
  growEpilogues(analysis, find, tryMerge)
  // A value joins its readers before it is offered to what made it: it then never leaves registers.
  for (const node of analysis.nodes.toReversed()) {
    for (const reader of analysis.readers.get(node.equation.output) ?? []) tryMerge(node, reader)
  }
  mergeSiblings(analysis, find, tryMerge)
  return inOrder(all).map(finish)
}

const draftOf = (node: Node, cost: number): Draft => ({
  kind:
    node.kind === 'contraction'
      ? 'contraction'
      : node.kind === 'pointwise' || node.kind === 'reduction'
        ? 'loops'
        : 'single',
  space: node.space,
  inner: node.reduced,
  members: new Map([[node, node.kind === 'reduction' ? 'outer' : 'full']]),
  last: node.index,
  cost,
})

/** Who needs whom. */
const graphOf = (analysis: Analysis): Acyclic => {
  const graph = new Acyclic(analysis.nodes.length)
  for (const node of analysis.nodes) {
    for (const reader of analysis.readers.get(node.equation.output) ?? [])
      graph.link(node.index, reader.index)
    for (const earlier of analysis.awaited.get(node) ?? []) graph.link(earlier.index, node.index)
  }
  return graph
}

/** The number that stands for another one now; the way there becomes shorter. */
const homeOf = (homes: number[], index: number): number => {
  let home = index
  for (let up = at(homes, home); up !== home; up = at(homes, home)) {
    const next = at(homes, up)
    homes[home] = next
    home = next
  }
  return home
}

const draftAt = ({ drafts }: Drafts, home: number): Draft => {
  const draft = drafts.get(home)
  if (draft === undefined) throw bug(`schedule: no group ${home}`)
  return draft
}

/** Merges two groups if they fit together and no path leads from one to the other by way of a third. */
const mergeWhereFits = (analysis: Analysis, all: Drafts, a: number, b: number): void => {
  const [x, y] = [draftAt(all, a), draftAt(all, b)]
  const plan = mergePlan(analysis, x, y)
  const kept = plan === undefined ? undefined : all.graph.merge(a, b)
  if (plan === undefined || kept === undefined) return
  all.homes[a] = kept
  all.homes[b] = kept
  all.drafts.delete(a)
  all.drafts.delete(b)
  all.drafts.set(kept, merged(x, y, plan))
}

const merged = (a: Draft, b: Draft, { kind, space, inner, below }: MergePlan): Draft => {
  if (below !== undefined) for (const node of below.members.keys()) below.members.set(node, 'outer')
  const [large, small] = a.members.size < b.members.size ? [b, a] : [a, b]
  for (const [node, role] of small.members) large.members.set(node, role)
  const [last, cost] = [Math.max(a.last, b.last), a.cost + b.cost]
  return { kind, space, inner, members: large.members, last, cost }
}

// ---- the order of merging

/** A product takes the pointwise values computed from it first: they cost nothing while it stands in registers. */
const growEpilogues = (
  analysis: Analysis,
  find: (n: Node) => Draft,
  tryMerge: (a: Node, b: Node) => void,
): void => {
  for (const product of analysis.nodes) {
    if (product.kind !== 'contraction') continue
    const reached = [product]
    for (let node = reached.pop(); node !== undefined; node = reached.pop()) {
      for (const reader of analysis.readers.get(node.equation.output) ?? []) {
        if (find(reader) === find(product)) continue
        tryMerge(product, reader)
        if (find(reader) === find(product)) reached.push(reader)
      }
    }
  }
}

/** Groups that read the same large value over the same space share one pass over it. */
const mergeSiblings = (
  analysis: Analysis,
  find: (n: Node) => Draft,
  tryMerge: (a: Node, b: Node) => void,
): void => {
  for (const readers of analysis.readers.values()) {
    for (let i = 1; i < readers.length; i++) {
      const [x, y] = [at(readers, i - 1), at(readers, i)]
      const [a, b] = [find(x), find(y)]
      if (a.kind === 'loops' && b.kind === 'loops' && sizeOf(a.space) === sizeOf(b.space)) tryMerge(x, y)
    }
  }
}

// ---- the result

/** Groups such that each comes after those it reads from; otherwise as the program has them. */
const inOrder = ({ graph, drafts }: Drafts): readonly Draft[] => {
  const waiting = new Map([...drafts.keys()].map(home => [home, 0]))
  for (const home of drafts.keys()) {
    for (const reader of graph.after(home)) waiting.set(reader, (waiting.get(reader) ?? 0) + 1)
  }
  const ready = new Heap<number>()
  const add = (home: number): void => ready.push(drafts.get(home)?.last ?? 0, home)
  for (const [home, needs] of waiting) if (needs === 0) add(home)
  const done: Draft[] = []
  for (let home = ready.pop(); home !== undefined; home = ready.pop()) {
    const draft = drafts.get(home)
    if (draft !== undefined) done.push(draft)
    for (const reader of graph.after(home)) {
      const left = (waiting.get(reader) ?? 0) - 1
      waiting.set(reader, left)
      if (left === 0) add(reader)
    }
  }
  if (done.length !== drafts.size) throw bug('schedule: the groups have a cycle')
  return done
}

const finish = (draft: Draft): Group => ({
  kind: draft.kind,
  members: [...draft.members.keys()].sort((x, y) => x.index - y.index),
  space: draft.space,
  inner: draft.inner,
  isOuter: node => draft.members.get(node) === 'outer',
  cost: draft.cost,
})
