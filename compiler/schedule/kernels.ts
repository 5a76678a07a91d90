import { sizeOf } from '../../runtime/dtype.js'
import type { Equation, Value } from '../ir/program.js'
import { at, stridesOf } from '../ops/tensor.js'
import { costsOf } from './cost.js'
import type { Group } from './fusion.js'
import { type Analysis, type Node, readsWords, wholeAccess } from './nodes.js'
import { paddingOf } from './padding.js'
import type { Phases } from './phases.js'
import { phasesOf } from './phases.js'
import { type Access, isWhole, type Move } from './views.js'

/** What one kernel does. Values name buffers: a kernel reads and writes the storage of roots. */
export type Kernel =
  | { readonly kind: 'loops'; readonly group: Group; readonly phases: Phases }
  | { readonly kind: 'contraction'; readonly group: Group; readonly product: Node }
  | {
      readonly kind: 'copy'
      readonly moves: readonly Move[]
      readonly to: Value
      readonly equation: Equation | undefined
    }
  | { readonly kind: 'argmax'; readonly node: Node }
  | { readonly kind: 'foldIn'; readonly node: Node }

/** A value that is computed straight into a part of another's storage: a piece of a concatenation. */
export interface Piece {
  readonly of: Value
  /** Elements from the start of the whole. */
  readonly offset: number
}

export interface KernelList {
  readonly kernels: readonly Kernel[]
  readonly pieces: ReadonlyMap<Value, Piece>
  /** Roots that have storage of their own or a part of another's. */
  readonly stored: ReadonlySet<Value>
}

/** Groups become kernels; concatenations and paddings become pieces in place, or copies. */
export const listKernels = (analysis: Analysis, groups: readonly Group[]): KernelList => {
  const stored = storedRoots(analysis, groups)
  const pieces = new Map<Value, Piece>()
  const costOf = costsOf(analysis)
  const kernels = groups.flatMap((group): Kernel[] => {
    const node = at(group.members, 0)
    switch (node.kind) {
      case 'concatenate':
        return concatenation(analysis, node, pieces, stored)
      case 'pad':
        return [{ kind: 'copy', moves: paddingOf(node), to: node.equation.output, equation: node.equation }]
      case 'argmax':
      case 'foldIn':
        return [{ kind: node.kind, node }]
      default: {
        if (group.kind === 'contraction') {
          const product = group.members.find(n => n.kind === 'contraction') ?? node
          return [{ kind: 'contraction', group, product }]
        }
        const phases = phasesOf(group, costOf, root => stored.has(root))
        for (const spilled of phases.spilled) stored.add(spilled.equation.output)
        return [{ kind: 'loops', group, phases }]
      }
    }
  })
  return { kernels, pieces, stored }
}

/** Everything that is read outside the kernel that makes it, or handed to the caller. */
const storedRoots = (analysis: Analysis, groups: readonly Group[]): Set<Value> => {
  const groupOf = new Map<Node, Group>()
  for (const group of groups) for (const node of group.members) groupOf.set(node, group)
  const stored = new Set<Value>()
  for (const node of analysis.nodes) {
    const root = node.equation.output
    const readers = analysis.readers.get(root) ?? []
    const home = groupOf.get(node)
    if (home?.kind === 'single' || readers.some(r => groupOf.get(r) !== home)) stored.add(root)
  }
  for (const port of analysis.program.outputs) stored.add(analysis.access(port.value).root)
  return stored
}

/** Pieces that lie side by side are computed in place; the others are copied. */
const concatenation = (
  analysis: Analysis,
  node: Node,
  pieces: Map<Value, Piece>,
  stored: ReadonlySet<Value>,
): Kernel[] => {
  const { equation } = node
  if (equation.prim !== 'concatenate') return []
  const { dimension } = equation.params
  const strides = stridesOf(node.space)
  const stride = at(strides, dimension)
  const sideBySide = node.space.slice(0, dimension).every(d => d === 1)
  const outputs = new Set(analysis.program.outputs.map(p => analysis.access(p.value).root))
  const copies: Kernel[] = []
  let start = 0
  for (const from of node.operands) {
    const { shape } = from.view
    const offset = start * stride
    const maker = analysis.nodeOf.get(from.root)
    const size = sizeOf(analysis.typeOf(from.root).shape)
    const inPlace =
      sideBySide &&
      maker !== undefined &&
      maker.kind !== 'concatenate' &&
      stored.has(from.root) &&
      !pieces.has(from.root) &&
      !outputs.has(from.root) &&
      isWhole(from.view, size)
    if (inPlace) pieces.set(from.root, { of: equation.output, offset })
    else {
      const view = { shape, strides, offset }
      copies.push({ kind: 'copy', moves: [{ from, view }], to: equation.output, equation })
    }
    start += at(shape, dimension)
  }
  return copies
}

// ---- what a kernel touches

/** The roots a kernel reads from memory. */
export const readsOf = (kernel: Kernel): readonly Access[] => {
  switch (kernel.kind) {
    case 'copy':
      return kernel.moves.map(({ from }) => from)
    case 'argmax':
    case 'foldIn':
      return kernel.node.operands
    case 'loops':
    case 'contraction': {
      const own = new Set(kernel.group.members.map(n => n.equation.output))
      return kernel.group.members.flatMap(n => n.operands.filter(o => !own.has(o.root)))
    }
    default:
      return kernel satisfies never
  }
}

/** The roots a kernel writes to memory. */
export const writesOf = (kernel: Kernel, stored: ReadonlySet<Value>): readonly Value[] => {
  switch (kernel.kind) {
    case 'copy':
      return [kernel.to]
    case 'argmax':
    case 'foldIn':
      return [kernel.node.equation.output]
    case 'loops':
    case 'contraction':
      return kernel.group.members.map(n => n.equation.output).filter(v => stored.has(v))
    default:
      return kernel satisfies never
  }
}

/**
 * True when a kernel reads `root` only element by element, at the very place it then writes:
 * its result may lie where `root` does.
 */
export const readsInPlace = (kernel: Kernel, root: Value): boolean => {
  if (kernel.kind !== 'loops' && kernel.kind !== 'contraction') return false
  if (kernel.group.inner !== undefined) return false
  const size = sizeOf(kernel.group.space)
  return kernel.group.members.every(n =>
    n.operands.every(
      o => o.root !== root || (n.kind === 'pointwise' && isWhole(o.view, size) && !readsWords(n)),
    ),
  )
}

/** A copy of a value to the storage of a port. */
export const copyTo = (from: Access, to: Value, shape: readonly number[]): Kernel => ({
  kind: 'copy',
  moves: [{ from, view: wholeAccess(to, shape).view }],
  to,
  equation: undefined,
})
