import { flushed } from '../../runtime/denormals.js'
import type { Value } from '../ir/program.js'
import { flushBelow, LEAST_ROOT, mayBeDenormal } from '../loop/denormals.js'
import { constant, flush, let_, ref } from '../loop/expr.js'
import type { Expr, Stmt } from '../loop/ir.js'

/*
 * Denormal numbers, where the processor does not take them for zeros while our code runs. Sums, choices and moves cost
 * nothing on them; a product of one costs a hundred cycles and more. So they are cleared where they leave a kernel for
 * another, and within a kernel before what makes something of them that zero does not give. What the caller wrote is
 * cleared as it is read; before a contraction, which reads each element many times, in its place. Making one costs as
 * much: a square is made of what is not too small. Other products of two small numbers, and those in the sums of a
 * contraction, may still make one.
 */

/** Where statements go. */
interface Body {
  readonly body: Stmt[]
  readonly fresh: () => string
}

/** The names of a loop body that may hold denormal numbers, and what they are once cleared. */
export class Clearing {
  readonly #unclear = new Map<string, Expr | undefined>()
  readonly #isNeeded: boolean

  /** `isNeeded` is false where the processor sees to it. */
  constructor(isNeeded: boolean) {
    this.#isNeeded = isNeeded
  }

  /** The name of a value that may be denormal whatever it was computed from. */
  mark(x: Expr): Expr {
    if (this.#isNeeded && x.kind === 'ref' && x.type.elem === 'f32' && !this.#unclear.has(x.name))
      this.#unclear.set(x.name, undefined)
    return x
  }

  /** The name of a value, marked where the expression that gives it can be denormal. */
  note(x: Expr, value: Expr): Expr {
    if (x.kind === 'const') return x.type.elem === 'f32' ? constant(x.type, flushed(x.value)) : x
    return mayBeDenormal(value, name => this.#unclear.has(name)) ? this.mark(x) : x
  }

  /** `x` with zeros for denormal numbers where that is there, else as it is. */
  best(x: Expr): Expr {
    return (x.kind === 'ref' ? this.#unclear.get(x.name) : undefined) ?? x
  }

  /** `x` without what has a denormal square; nothing where that is not needed. */
  root(frame: Body, x: Expr): Expr | undefined {
    if (!this.#isNeeded || x.kind !== 'ref' || x.type.elem !== 'f32') return undefined
    const name = frame.fresh()
    frame.body.push(let_(name, flushBelow(x, LEAST_ROOT)))
    return ref(name, x.type)
  }

  /** `x` with zeros for denormal numbers: bound once. */
  clear(frame: Body, x: Expr): Expr {
    if (x.kind !== 'ref' || !this.#unclear.has(x.name)) return x
    const before = this.#unclear.get(x.name)
    if (before !== undefined) return before
    const name = frame.fresh()
    frame.body.push(let_(name, flush(x)))
    const cleared = ref(name, x.type)
    this.#unclear.set(x.name, cleared)
    return cleared
  }
}

/** Which roots hold denormal numbers, and which may not. */
export interface Clear {
  /** A root's elements as they lie, without what must be cleared of them where they are read. */
  readonly read: (root: Value, elements: Expr) => Expr
  /** Whether another kernel than its own reads a root in the same step: it is stored without denormal numbers. */
  readonly isKept: (root: Value, isOwn: (of: Value) => boolean) => boolean
}
