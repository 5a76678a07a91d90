import { bug } from '../../runtime/fault.js'
import {
  binary,
  bits,
  constant,
  convert,
  if_,
  lane,
  load,
  mulAdd,
  pack,
  select,
  splat,
  store,
  unary,
} from './expr.js'
import type { Expr, LoopFunction, Stmt } from './ir.js'
import { mapStatement } from './share.js'

/** `x` built again from operands that `change` maps; constants fold on the way. */
const rebuild = (x: Expr, change: (operand: Expr) => Expr): Expr => {
  switch (x.kind) {
    case 'const':
    case 'ref':
      return x
    case 'load':
      return load(x.type, change(x.at), x.offset)
    case 'unary':
      return unary(x.op, change(x.x))
    case 'binary':
      return binary(x.op, change(x.x), change(x.y))
    case 'select':
      return select(change(x.cond), change(x.x), change(x.y))
    case 'mulAdd':
      return mulAdd(change(x.x), change(x.y), change(x.z))
    case 'lane':
      return lane(change(x.x), x.lane)
    case 'pack':
      return pack(x.lanes.map(change))
    case 'cast': {
      const operand = change(x.x)
      if (x.op === 'splat') return splat(operand, x.type.lanes)
      return x.op === 'bits' ? bits(operand, x.type.elem) : convert(operand, x.type.elem)
    }
    default:
      return x satisfies never
  }
}

/** Replaces the references to `name` by an i32 constant; one walk of the DAG for all statements. */
const substitute = (body: readonly Stmt[], name: string, value: number): readonly Stmt[] => {
  const done = new Map<Expr, Expr>()
  const change = (x: Expr): Expr => {
    const known = done.get(x)
    if (known !== undefined) return known
    const changed = x.kind === 'ref' && x.name === name ? constant(x.type, value) : rebuild(x, change)
    done.set(x, changed)
    return changed
  }
  const inside = (stmts: readonly Stmt[]): readonly Stmt[] =>
    stmts.map(s => {
      const mapped = mapStatement(s, change, inside)
      return mapped.kind === 'store' ? store(mapped.at, mapped.value, mapped.offset) : mapped
    })
  return inside(body)
}

const unrollBody = (body: readonly Stmt[]): readonly Stmt[] =>
  body.flatMap(s => {
    if (s.kind === 'if') return [if_(s.cond, unrollBody(s.then), unrollBody(s.else))]
    if (s.kind !== 'for') return [s]
    if (s.loop !== 'unrolled') return [{ ...s, body: unrollBody(s.body) }]
    if (s.from.kind !== 'const' || s.to.kind !== 'const') {
      throw bug(`the unrolled loop ${s.index} has bounds that are not constants`)
    }
    const copies: Stmt[] = []
    for (let i = s.from.value; i < s.to.value; i += s.step) {
      for (const copy of unrollBody(substitute(s.body, s.index, i))) copies.push(copy)
    }
    return copies
  })

/**
 * Writes out the loops marked `unrolled`, the index a constant in each copy. A `let` inside appears in each
 * copy under the same name and type: the copies run one after the other. Faults where a bound is not a
 * constant.
 */
export const unrollFunction = (f: LoopFunction): LoopFunction => ({ ...f, body: unrollBody(f.body) })
