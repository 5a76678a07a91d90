/**
 * Fewer names for the same code: a name that is not read again is given to the next value. The copies of an unrolled
 * body then are the same instructions on the same locals, which compress to almost nothing.
 */
import type { Expr, LoopFunction, RegType, Stmt } from '../../compiler/loop/ir.js'
import { mapOperands, mapStatement, operandsOf, shareFunction } from '../../compiler/loop/share.js'
import { unrollFunction } from '../../compiler/loop/unroll.js'

/** Names are shared among values of one WebAssembly type. */
const kindOf = ({ elem, lanes }: RegType): string =>
  lanes > 1 ? 'v' : elem === 'f32' || elem === 'f64' ? elem.replace('f', 'f_') : 'i'

/** Free names by kind, the lowest first. */
class Pool {
  readonly #free = new Map<string, number[]>()
  readonly #made = new Map<string, number>()
  readonly #taken: ReadonlySet<string>

  constructor(taken: ReadonlySet<string>) {
    this.#taken = taken
  }

  take(kind: string): string {
    const free = this.#free.get(kind) ?? []
    if (free.length > 0) {
      const lowest = Math.min(...free)
      free.splice(free.indexOf(lowest), 1)
      return `${kind}${lowest}`
    }
    let next = this.#made.get(kind) ?? 0
    while (this.#taken.has(`${kind}${next}`)) next++
    this.#made.set(kind, next + 1)
    return `${kind}${next}`
  }

  give(name: string): void {
    const [, kind = '', index = '0'] = /^(.*?)(\d+)$/.exec(name) ?? []
    this.#free.set(kind, [...(this.#free.get(kind) ?? []), Number(index)])
  }
}

/** The names that a statement reads, and those of variables and indices within it. */
const namesIn = (s: Stmt): { readonly read: ReadonlySet<string>; readonly own: ReadonlySet<string> } => {
  const read = new Set<string>()
  const own = new Set<string>()
  const seen = new Set<Expr>()
  const visit = (x: Expr): Expr => {
    if (seen.has(x)) return x
    seen.add(x)
    if (x.kind === 'ref') read.add(x.name)
    for (const operand of operandsOf(x)) visit(operand)
    return x
  }
  const inside = (stmts: readonly Stmt[]): readonly Stmt[] => {
    for (const t of stmts) {
      if (t.kind === 'var') own.add(t.name)
      if (t.kind === 'for') own.add(t.index)
      mapStatement(t, visit, inside)
    }
    return stmts
  }
  inside([s])
  return { read, own }
}

/** For each statement, the names of `let`s of this block that are read there for the last time. */
const lastReads = (stmts: readonly Stmt[]): readonly (readonly string[])[] => {
  const declared = new Set(stmts.flatMap(s => (s.kind === 'let' ? [s.name] : [])))
  const later = new Set<string>()
  return stmts
    .toReversed()
    .map(s => {
      if (s.kind === 'let') later.delete(s.name)
      const last = [...namesIn(s).read].filter(name => declared.has(name) && !later.has(name))
      for (const name of last) later.add(name)
      return last
    })
    .toReversed()
}

const renameBlock = (
  stmts: readonly Stmt[],
  outer: ReadonlyMap<string, string>,
  pool: Pool,
): readonly Stmt[] => {
  const env = new Map(outer)
  const mine = new Set<string>()
  const lasts = lastReads(stmts)
  const done = new Map<Expr, Expr>()
  const rename = (x: Expr): Expr => {
    if (x.kind === 'ref') {
      const name = env.get(x.name)
      return name === undefined || name === x.name ? x : { ...x, name }
    }
    const known = done.get(x)
    if (known !== undefined) return known
    const renamed = mapOperands(x, rename)
    done.set(x, renamed)
    return renamed
  }
  const result = stmts.map((s, i) => {
    // a name means something else from one statement to the next
    done.clear()
    const mapped = mapStatement(s, rename, inner => renameBlock(inner, env, pool))
    for (const name of lasts[i] ?? []) {
      const given = env.get(name)
      if (given !== undefined && mine.delete(name)) pool.give(given)
    }
    if (mapped.kind !== 'let') return mapped
    const given = pool.take(kindOf(mapped.value.type))
    env.set(mapped.name, given)
    mine.add(mapped.name)
    return { ...mapped, name: given }
  })
  for (const name of mine) pool.give(env.get(name) ?? name)
  return result
}

/** The function, unrolled and shared, with as few names as it needs. What it computes is the same to the bit. */
export const withFewNames = (f: LoopFunction): LoopFunction => {
  const plain = shareFunction(unrollFunction(f))
  const own = new Set([...f.params, ...plain.body.flatMap(s => [...namesIn(s).own])])
  return { ...plain, body: renameBlock(plain.body, new Map(), new Pool(own)) }
}
