import { if_ } from './expr.js'
import type { Expr, LoopFunction, Stmt } from './ir.js'

/** The operands of an expression, in order of evaluation. */
export const operandsOf = (x: Expr): readonly Expr[] => {
  switch (x.kind) {
    case 'const':
    case 'ref':
      return []
    case 'load':
      return [x.at]
    case 'unary':
    case 'cast':
    case 'lane':
      return [x.x]
    case 'binary':
      return [x.x, x.y]
    case 'select':
      return [x.cond, x.x, x.y]
    case 'mulAdd':
      return [x.x, x.y, x.z]
    case 'pack':
      return x.lanes
    default:
      return x satisfies never
  }
}

/** `x` with `change` applied to each operand; `x` itself where none changes. */
export const mapOperands = (x: Expr, change: (operand: Expr) => Expr): Expr => {
  switch (x.kind) {
    case 'const':
    case 'ref':
      return x
    case 'load': {
      const at = change(x.at)
      return at === x.at ? x : { ...x, at }
    }
    case 'unary':
    case 'cast':
    case 'lane': {
      const operand = change(x.x)
      return operand === x.x ? x : { ...x, x: operand }
    }
    case 'binary': {
      const [a, b] = [change(x.x), change(x.y)]
      return a === x.x && b === x.y ? x : { ...x, x: a, y: b }
    }
    case 'select': {
      const [cond, a, b] = [change(x.cond), change(x.x), change(x.y)]
      return cond === x.cond && a === x.x && b === x.y ? x : { ...x, cond, x: a, y: b }
    }
    case 'mulAdd': {
      const [a, b, c] = [change(x.x), change(x.y), change(x.z)]
      return a === x.x && b === x.y && c === x.z ? x : { ...x, x: a, y: b, z: c }
    }
    case 'pack': {
      const lanes = x.lanes.map(change)
      return lanes.every((l, i) => l === x.lanes[i]) ? x : { ...x, lanes }
    }
    default:
      return x satisfies never
  }
}

/** The expressions that a statement evaluates itself, not those of the statements inside it. */
export const expressionsOf = (s: Stmt): readonly Expr[] => {
  switch (s.kind) {
    case 'let':
    case 'var':
    case 'set':
      return [s.value]
    case 'store':
      return [s.at, s.value]
    case 'for':
      return [s.from, s.to]
    case 'if':
      return [s.cond]
    case 'call':
      return s.args
    case 'return':
      return s.value === undefined ? [] : [s.value]
    case 'barrier':
    case 'comment':
      return []
    default:
      return s satisfies never
  }
}

/** The statement with `change` applied to its own expressions and `inside` to each body within it. */
export const mapStatement = (
  s: Stmt,
  change: (x: Expr) => Expr,
  inside: (body: readonly Stmt[]) => readonly Stmt[],
): Stmt => {
  switch (s.kind) {
    case 'let':
    case 'var':
    case 'set':
      return { ...s, value: change(s.value) }
    case 'store':
      return { ...s, at: change(s.at), value: change(s.value) }
    case 'for':
      return { ...s, from: change(s.from), to: change(s.to), body: inside(s.body) }
    case 'if':
      return if_(change(s.cond), inside(s.then), inside(s.else))
    case 'call':
      return { ...s, args: s.args.map(change) }
    case 'return':
      return s.value === undefined ? s : { ...s, value: change(s.value) }
    case 'barrier':
    case 'comment':
      return s
    default:
      return s satisfies never
  }
}

const namesIn = (body: readonly Stmt[], into: Set<string>): Set<string> => {
  for (const s of body) {
    if (s.kind === 'let' || s.kind === 'var') into.add(s.name)
    if (s.kind === 'for') {
      into.add(s.index)
      namesIn(s.body, into)
    }
    if (s.kind === 'if') {
      namesIn(s.then, into)
      namesIn(s.else, into)
    }
  }
  return into
}

/** The nodes that are reached more than once from the roots; each node is walked once. */
const usedAgain = (roots: readonly Expr[]): ReadonlySet<Expr> => {
  const seen = new Set<Expr>()
  const again = new Set<Expr>()
  const walk = (x: Expr): void => {
    if (x.kind === 'const' || x.kind === 'ref') return
    if (seen.has(x)) {
      again.add(x)
      return
    }
    seen.add(x)
    for (const operand of operandsOf(x)) walk(operand)
  }
  for (const root of roots) walk(root)
  return again
}

/**
 * Turns each expression that a statement uses more than once (by object identity) into a `let` right before
 * that statement, so that printing a DAG takes linear time and space. Loads do not move across stores:
 * nothing moves further than its own statement. New names are t0, t1, …, past those that the function uses.
 */
export const shareFunction = (f: LoopFunction): LoopFunction => {
  const taken = namesIn(f.body, new Set(f.params))
  let counter = 0
  const fresh = (): string => {
    while (taken.has(`t${counter}`)) counter++
    return `t${counter++}`
  }
  const shareBody = (body: readonly Stmt[]): readonly Stmt[] =>
    body.flatMap(s => {
      const again = usedAgain(expressionsOf(s))
      const lets: Stmt[] = []
      const done = new Map<Expr, Expr>()
      const rewrite = (x: Expr): Expr => {
        const known = done.get(x)
        if (known !== undefined) return known
        const inner = mapOperands(x, rewrite)
        if (!again.has(x)) return inner
        const name = fresh()
        lets.push({ kind: 'let', name, value: inner })
        const named: Expr = { kind: 'ref', type: x.type, name }
        done.set(x, named)
        return named
      }
      const change = again.size === 0 ? (x: Expr) => x : rewrite
      const shared = mapStatement(s, change, shareBody)
      return lets.length === 0 ? [shared] : [...lets, shared]
    })
  return { ...f, body: shareBody(f.body) }
}

const countNodes = (roots: readonly Expr[], seen: Set<Expr>): void => {
  for (const x of roots) {
    if (seen.has(x)) continue
    seen.add(x)
    countNodes(operandsOf(x), seen)
  }
}

const countStatements = (body: readonly Stmt[], seen: Set<Expr>): void => {
  for (const s of body) {
    countNodes(expressionsOf(s), seen)
    if (s.kind === 'for') countStatements(s.body, seen)
    if (s.kind === 'if') countStatements([...s.then, ...s.else], seen)
  }
}

/** The number of expressions in some statements, shared ones once. */
export const nodesOf = (body: readonly Stmt[]): number => {
  const seen = new Set<Expr>()
  countStatements(body, seen)
  return seen.size
}
