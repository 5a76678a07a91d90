import { add, lanesOf, load, mul, splat } from '../expr.js'
import type { Expr, RegType } from '../ir.js'
import type { VectorLanes } from '../vectors.js'
import type { Contraction } from './problem.js'

/** Gives each tile and loop of one function its own prefix. */
export class Names {
  private count = 0

  /** A name that starts with `stem` and that nothing else in the function has. */
  fresh(stem: string): string {
    return `${stem}${this.count++}`
  }
}

/** One product inside its outer loops: what all paths of the template need. */
export interface Site {
  readonly c: Contraction
  /** the outer indices */
  readonly l: readonly Expr[]
  /** byte addresses of A[l, 0, 0] and B[l, 0, 0] */
  readonly a: Expr
  readonly b: Expr
  /** byte address of the packing space */
  readonly scratch: number
  /** byte address of what is packed of B[l] beforehand, all of it; undefined where it is packed as it is needed */
  readonly kept: Expr | undefined
  readonly names: Names
}

/** One element. */
export const scalarOf = (c: Contraction): RegType => ({ elem: c.elem, lanes: 1 })

/** A vector of elements, of four unless told. */
export const vectorOf = (c: Contraction, lanes: VectorLanes = 4): RegType => ({ elem: c.elem, lanes })

/** Byte address of A[l, i, p]. */
export const addressOfA = (site: Site, i: Expr | number, p: Expr | number): Expr =>
  affine(site.a, i, site.c.a.strideM, p, site.c.a.strideK)

/** Byte address of B[l, p, j]. */
export const addressOfB = (site: Site, p: Expr | number, j: Expr | number): Expr =>
  affine(site.b, p, site.c.b.strideK, j, site.c.b.strideN)

const affine = (base: Expr, x: Expr | number, strideX: number, y: Expr | number, strideY: number): Expr =>
  add(add(base, scaled(x, 4 * strideX)), scaled(y, 4 * strideY))

/** `index` times a constant; a number stays one. */
export const scaled = (index: Expr | number, by: number): Expr | number =>
  typeof index === 'number' ? index * by : mul(index, by)

/** The register at `at + offset`; an offset below zero, of a reversed operand, goes into the address. */
export const loadAt = (type: RegType, at: Expr, offset: number): Expr =>
  offset < 0 ? load(type, add(at, offset)) : load(type, at, offset)

/** One element at `at + offset`, in every lane. */
export const loadSplat = (c: Contraction, at: Expr, offset: number, lanes: VectorLanes = 4): Expr =>
  splat(loadAt(scalarOf(c), at, offset), lanes)

/** The sum of a vector's lanes: the halves added, until one is left. */
export const sumOfLanes = (x: Expr): Expr => {
  const halve = (xs: readonly Expr[]): readonly Expr[] =>
    xs.length <= 1 ? xs : halve(xs.slice(0, xs.length / 2).map((v, i) => add(v, xs[i + xs.length / 2] ?? v)))
  return halve(lanesOf(x))[0] ?? x
}

/** The whole numbers 0 … n - 1. */
export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** Bytes of a row of `columns` elements in scratch: whole vectors. */
export const roundRow = (columns: number, lanes: VectorLanes): number =>
  4 * lanes * Math.ceil(columns / lanes)
