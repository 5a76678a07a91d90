/** Writes a graph into a builder. Loops, never recursion: a graph may be thousands of nodes deep. */
import type { Builder } from '../../compiler/ir/build.js'
import type { Value } from '../../compiler/ir/program.js'
import { bug, userFault } from '../../runtime/fault.js'
import type { Node, Sizes } from './node.js'

/** What is known before a graph is written. */
export interface Lowering {
  readonly b: Builder
  readonly sizes: Sizes
  /** Values of the leaves; every node that gets written is added. */
  readonly values: Map<Node, Value>
  /** The layer that each node belongs to, for messages and profiles. */
  readonly sources?: ReadonlyMap<Node, string>
}

/** The values of `roots`, written after whatever the builder holds. */
export const lower = (roots: readonly Node[], lowering: Lowering): Value[] => {
  for (const node of inOrder(roots, lowering.values)) lowering.values.set(node, write(node, lowering))
  return roots.map(root => found(root, lowering))
}

/**
 * Every node that `roots` need and that is not `done`, operands first, the first operand's before the
 * second's.
 */
export const inOrder = (roots: readonly Node[], done: { has(node: Node): boolean }): readonly Node[] => {
  const order: Node[] = []
  const seen = new Set<Node>()
  const open: { readonly node: Node; next: number }[] = []
  const visit = (node: Node): void => {
    if (seen.has(node) || done.has(node)) return
    seen.add(node)
    open.push({ node, next: 0 })
  }
  for (const root of roots) {
    visit(root)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const input = top.node.inputs[top.next++]
      if (input !== undefined) {
        visit(input)
        continue
      }
      order.push(top.node)
      open.pop()
    }
  }
  return order
}

const found = (node: Node, { values }: Lowering): Value => {
  const value = values.get(node)
  if (value === undefined) throw bug(`lower: ${node.op.kind} has no value yet`)
  return value
}

const write = (node: Node, lowering: Lowering): Value => {
  const { b, sizes, sources } = lowering
  const operands = node.inputs.map(input => found(input, lowering))
  const { op } = node
  return b.withSource(sources?.get(node) ?? '', () => {
    switch (op.kind) {
      case 'emit':
        return op.emit(b, operands, sizes)
      case 'function':
        return op.fn.emit({ b, sizes, fn: op.fn, operands, free: freeValues(op.fn, lowering), sources })
      case 'leaf':
        throw userFault('unbound-node', `graph: '${op.name}' belongs to another graph`, {
          suggestion: 'Use only the nodes that this graph was given.',
        })
      case 'call':
        throw userFault('layer-outside-model', 'graph: a layer was called outside of a model', {
          suggestion: 'Call layers inside `graph(input(…), x => …)`.',
        })
      default:
        return op satisfies never
    }
  })
}

/** The leaves that a function reads beside its parameters, with their values. */
const freeValues = (
  fn: { readonly results: readonly Node[]; readonly parameters: readonly Node[] },
  lowering: Lowering,
): ReadonlyMap<Node, Value> =>
  new Map(leavesOf(fn.results, fn.parameters).map(node => [node, found(node, lowering)]))

/** The leaves under `roots`, except `bound`; those that nested functions close over are among them. */
export const leavesOf = (roots: readonly Node[], bound: readonly Node[]): readonly Node[] => {
  const skip = new Set(bound)
  const found = new Set<Node>()
  for (const node of inOrder(roots, skip)) {
    if (node.op.kind === 'leaf') found.add(node)
    if (node.op.kind === 'function') {
      for (const inner of leavesOf(node.op.fn.results, node.op.fn.parameters)) {
        if (!skip.has(inner)) found.add(inner)
      }
    }
  }
  return [...found]
}
