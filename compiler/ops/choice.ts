import { type Direction, showType, type TensorType } from '../ir/program.js'
import * as e from '../loop/expr.js'
import type { Expr } from '../loop/ir.js'
import { binary, ternary } from './pointwise.js'
import type { Table } from './row.js'
import { ANY, demand, demandSame, NUMBERS, three } from './rules.js'

/*
 * Comparing and choosing.
 */

const compareScalars: { readonly [D in Direction]: (x: number, y: number) => boolean } = {
  EQ: (x, y) => x === y,
  NE: (x, y) => x !== y,
  GE: (x, y) => x >= y,
  GT: (x, y) => x > y,
  LE: (x, y) => x <= y,
  LT: (x, y) => x < y,
}

const compareExprs: { readonly [D in Direction]: (x: Expr, y: Expr) => Expr } = {
  EQ: e.eq,
  NE: e.ne,
  GE: e.ge,
  GT: e.gt,
  LE: e.le,
  LT: e.lt,
}

/** Bools have no order in the loop IR, but 0 and 1 as integers do. */
const ordered = (x: Expr): Expr => (x.type.elem === 'bool' ? e.convert(x, 'i32') : x)

const selectType = (inputs: readonly TensorType[]): TensorType => {
  const [cond, x, y] = three('select', inputs)
  demand(cond.dtype === 'bool', () => `select: the condition is bool, got ${showType(cond)}`)
  const type = demandSame('select', [x, y])
  demandSame('select', [{ shape: cond.shape, dtype: type.dtype }, type])
  return type
}

/** The rows of comparing and choosing. */
export const choiceRows = {
  compare: binary(
    'compare',
    {
      accepts: ANY,
      facts: { cheap: true },
      result: () => 'bool',
      scalar: (_, { direction }) => {
        const holds = compareScalars[direction]
        return (x, y) => (holds(x, y) ? 1 : 0)
      },
      slopes: 'zero',
    },
    (x, y, _, { direction }) => compareExprs[direction](ordered(x), ordered(y)),
  ),

  select: ternary(
    'select',
    {
      accepts: ANY,
      facts: { cheap: true, linearIn: [1, 2], mildIn: [1, 2] },
      type: selectType,
      scalar: () => (cond, x, y) => (cond !== 0 ? x : y),
      // d select(c, x, y) = select(c, dx, dy)
      slopes: [
        (_, g) => g,
        ({ b, inputs }, g) => b.select(three('select', inputs)[0], g, b.fullLike(g, 0)),
        ({ b, inputs }, g) => b.select(three('select', inputs)[0], b.fullLike(g, 0), g),
      ],
    },
    e.select,
  ),

  clamp: ternary(
    'clamp',
    {
      accepts: NUMBERS,
      scalar: () => (low, x, high) => Math.min(Math.max(low, x), high),
      // d clamp(l, x, h) = dl where x < l < h, dh where h < x, dx where l < x < h (JAX's choice at the bounds)
      slopes: [
        ({ b, inputs }, g) => {
          const [low, x, high] = three('clamp', inputs)
          const holds = b.and(b.compare('GT', low, x), b.compare('LT', low, high))
          return b.select(holds, g, b.fullLike(g, 0))
        },
        ({ b, inputs }, g) => {
          const [low, x, high] = three('clamp', inputs)
          const inside = b.and(b.compare('GT', x, low), b.compare('LT', x, high))
          return b.select(inside, g, b.fullLike(g, 0))
        },
        ({ b, inputs }, g) => {
          const [, x, high] = three('clamp', inputs)
          return b.select(b.compare('LT', high, x), g, b.fullLike(g, 0))
        },
      ],
    },
    (low, x, high) => e.min(e.max(low, x), high),
  ),
} satisfies Partial<Table>
