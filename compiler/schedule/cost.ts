import { ref } from '../loop/expr.js'
import type { Expr } from '../loop/ir.js'
import { operandsOf } from '../loop/share.js'
import { rowOf } from '../ops/rows.js'
import { registerOf } from './members.js'
import { type Analysis, isCopy, type Node } from './nodes.js'

/** Operations of the loop IR that random bits take, about. */
const RANDOM = 256

/** Operations of the loop IR that one member takes; members of one primitive and the same types are alike. */
export const costsOf = (analysis: Analysis): ((node: Node) => number) => {
  const known = new Map<string, number>()
  return node => {
    const { prim, output } = node.equation
    const types = [output, ...node.operands.map(o => o.root)].map(v => analysis.typeOf(v).dtype)
    const key = `${prim} ${types.join(' ')}`
    const found = known.get(key)
    if (found !== undefined) return found
    const cost = costOf(analysis, node)
    known.set(key, cost)
    return cost
  }
}

const costOf = (analysis: Analysis, node: Node): number => {
  const { lower } = rowOf(node.equation.prim)
  if (lower.kind === 'generator') return RANDOM
  if (isCopy(node) || lower.kind !== 'pointwise') return 0
  const operands = node.operands.map((o, i) => ref(`x${i}`, registerOf(analysis.typeOf(o.root))))
  return countNodes(
    lower.emit(operands, node.equation.params, registerOf(analysis.typeOf(node.equation.output))),
  )
}

/** Distinct operations of an expression. */
const countNodes = (root: Expr): number => {
  const seen = new Set<Expr>()
  const stack = [root]
  for (let x = stack.pop(); x !== undefined; x = stack.pop()) {
    if (x.kind === 'const' || x.kind === 'ref' || seen.has(x)) continue
    seen.add(x)
    stack.push(...operandsOf(x))
  }
  return seen.size
}
