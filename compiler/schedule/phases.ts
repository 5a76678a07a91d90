import type { Value } from '../ir/program.js'
import type { Group } from './fusion.js'
import type { Node } from './nodes.js'

/**
 * The phases of a group with a reduction: passes over the inner dimensions, each followed by what can be computed
 * from its sums. A softmax has three: the maximum, the sum of exponentials, the quotients.
 */
export interface Phases {
  readonly count: number
  /** The first phase in which a member can be computed; for a reduction, the pass that folds it. */
  readonly levelOf: (node: Node) => number
  /** Full members too dear to compute again in a later phase: stored in the first, loaded after. */
  readonly spilled: ReadonlySet<Node>
}

/** Loop IR operations from which on a value is stored rather than computed again. */
const DEAR = 8

/** Splits a group into passes. `costOf` counts a member's operations, `stored` says which members have a buffer anyway. */
export const phasesOf = (
  group: Group,
  costOf: (node: Node) => number,
  stored: (root: Value) => boolean,
): Phases => {
  const levels = new Map<Node, number>()
  const available = new Map<Value, number>()
  for (const node of group.members) {
    const level = Math.max(0, ...node.operands.map(o => available.get(o.root) ?? 0))
    levels.set(node, level)
    available.set(node.equation.output, node.kind === 'reduction' ? level + 1 : level)
  }
  const levelOf = (node: Node) => levels.get(node) ?? 0
  const passes = group.members.filter(n => n.kind === 'reduction' || !group.isOuter(n)).map(levelOf)
  const count = group.inner === undefined ? 1 : Math.max(0, ...passes) + 1
  return { count, levelOf, spilled: findSpills(costOf, group, levelOf, count, stored) }
}

const findSpills = (
  costOf: (node: Node) => number,
  group: Group,
  levelOf: (n: Node) => number,
  count: number,
  stored: (root: Value) => boolean,
): Set<Node> => {
  const inside = new Map<Value, Node>(group.members.map(n => [n.equation.output, n]))
  const spilled = new Set<Node>()
  for (let phase = 1; phase < count; phase++) {
    const seen = new Set<Node>()
    const visit = (node: Node): void => {
      for (const { root } of node.operands) {
        const maker = inside.get(root)
        if (maker === undefined || group.isOuter(maker) || seen.has(maker) || spilled.has(maker)) continue
        seen.add(maker)
        const early = levelOf(maker) < phase
        if (early && stored(root)) continue
        if (early && costOf(maker) >= DEAR) spilled.add(maker)
        else visit(maker)
      }
    }
    for (const node of group.members) {
      const wanted = node.kind === 'reduction' ? true : !group.isOuter(node) && stored(node.equation.output)
      if (wanted && levelOf(node) === phase) visit(node)
    }
  }
  return spilled
}
