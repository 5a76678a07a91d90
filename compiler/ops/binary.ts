import type { Value } from '../ir/program.js'
import * as e from '../loop/expr.js'
import type { Expr, RegType } from '../loop/ir.js'
import { binary, type Scalar, type Slope } from './pointwise.js'
import type { Row, Site, Table } from './row.js'
import { INTEGERS, isFloat, LOGIC, NUMBERS, two } from './rules.js'

/*
 * Functions of two elements.
 */

const always = (f: Scalar) => () => f

/** -q, where q is x/y rounded towards zero: the derivative of x rem y by y. */
const minusWholeQuotient = ({ b, inputs }: Site<'remainder'>): Value => {
  const quotient = b.divide(...two('remainder', inputs))
  return b.negate(b.multiply(b.sign(quotient), b.floor(b.abs(quotient))))
}

/**
 * What is left of x in f64 after taking away whole multiples of y, from large to small: q y 2^28i with |q| < 2^28, so
 * that quotient, product and difference are exact for f32. Ten steps span all quotients of two f32 (2^277).
 * In f64 there is one step only, which rounds.
 */
const emitRest = (x: Expr, y: Expr, steps: number): Expr => {
  let rest = x
  for (let i = steps - 1; i >= 0; i--) {
    const multiple = e.mul(y, 2 ** (28 * i))
    rest = e.sub(rest, e.mul(e.trunc(e.div(rest, multiple)), multiple))
  }
  return rest
}

/** A zero takes the sign of x; a finite x over an infinite y is x. */
const emitRemainder = (x: Expr, y: Expr, type: RegType): Expr => {
  if (type.elem === 'i32' || type.elem === 'u32') return e.rem(x, y)
  if (type.lanes > 1) {
    const scalar: RegType = { elem: type.elem, lanes: 1 }
    return e.pack(e.lanesOf(x).map((xl, l) => emitRemainder(xl, e.lane(y, l), scalar)))
  }
  const wide = e.convert(x, 'f64')
  const rest = emitRest(wide, e.convert(y, 'f64'), type.elem === 'f32' ? 10 : 1)
  const signed = e.select(e.eq(rest, 0), e.mul(wide, 0), rest)
  const infinite = e.and(e.eq(e.abs(y), Infinity), e.lt(e.abs(x), Infinity))
  return e.select(infinite, x, e.convert(signed, type.elem))
}

/** 1 where `x` wins, ½ where both are equal, 0 elsewhere, times g: JAX's choice at ties. */
const shareOf =
  <P extends 'maximum' | 'minimum'>(prim: P, direction: 'GT' | 'LT', operand: 0 | 1): Slope<P> =>
  ({ b, inputs }, g) => {
    const [x, y] = two(prim, inputs)
    const [mine, other] = operand === 0 ? [x, y] : [y, x]
    const half = b.multiply(g, b.fullLike(g, 0.5))
    const shared = b.select(b.compare('EQ', mine, other), half, b.fullLike(g, 0))
    return b.select(b.compare(direction, mine, other), g, shared)
  }

const logic = <P extends 'and' | 'or' | 'xor'>(
  prim: P,
  f: (x: number, y: number) => number,
  emit: (x: Expr, y: Expr) => Expr,
): Row<P> =>
  binary(
    prim,
    { accepts: LOGIC, facts: { commutative: true, cheap: true }, scalar: always(f), slopes: 'zero' },
    emit,
  )

/** The loop IR shifts by the amount modulo 32; an amount of 32 or more (or below 0) leaves nothing. */
const shiftedOut = (x: Expr, amount: Expr, shifted: Expr): Expr =>
  e.select(e.lt(e.bits(amount, 'u32'), 32), shifted, e.constant(x.type, 0))

const inRange = (amount: number): boolean => amount >= 0 && amount < 32

/** The rows of functions of two elements. */
export const binaryRows = {
  add: binary(
    'add',
    {
      accepts: NUMBERS,
      facts: { commutative: true, linearIn: [0, 1], mildIn: [0, 1] },
      scalar: always((x, y) => x + y),
      // d(x + y) = dx + dy
      slopes: [(_, g) => g, (_, g) => g],
    },
    e.add,
  ),

  subtract: binary(
    'subtract',
    {
      accepts: NUMBERS,
      facts: { linearIn: [0, 1], mildIn: [0, 1] },
      scalar: always((x, y) => x - y),
      // d(x - y) = dx - dy
      slopes: [(_, g) => g, ({ b }, g) => b.negate(g)],
    },
    e.sub,
  ),

  multiply: binary(
    'multiply',
    {
      accepts: NUMBERS,
      facts: { commutative: true, mildIn: [0, 1] },
      scalar: dtype => (isFloat(dtype) ? (x, y) => x * y : (x, y) => Math.imul(x, y)),
      // d(x y) = y dx + x dy
      slopes: [
        ({ b, inputs }, g) => b.multiply(g, two('multiply', inputs)[1]),
        ({ b, inputs }, g) => b.multiply(g, two('multiply', inputs)[0]),
      ],
    },
    e.mul,
  ),

  divide: binary(
    'divide',
    {
      accepts: NUMBERS,
      facts: { mildIn: [0] },
      scalar: dtype => (isFloat(dtype) ? (x, y) => x / y : (x, y) => (y === 0 ? -1 : Math.trunc(x / y))),
      // d(x / y) = dx / y - (x / y) dy / y
      slopes: [
        ({ b, inputs }, g) => b.divide(g, two('divide', inputs)[1]),
        ({ b, inputs, output }, g) => b.negate(b.divide(b.multiply(g, output), two('divide', inputs)[1])),
      ],
    },
    e.div,
  ),

  remainder: binary(
    'remainder',
    {
      accepts: NUMBERS,
      scalar: dtype => (isFloat(dtype) ? (x, y) => x % y : (x, y) => (y === 0 ? x : x % y)),
      // d(x - q y) = dx - q dy, as q is constant between its steps
      slopes: [(_, g) => g, (site, g) => site.b.multiply(g, minusWholeQuotient(site))],
    },
    emitRemainder,
  ),

  maximum: binary(
    'maximum',
    {
      accepts: NUMBERS,
      facts: { commutative: true, mildIn: [0, 1] },
      scalar: always(Math.max),
      // d max(x, y) = dx where x > y, dy where x < y, half of each at a tie
      slopes: [shareOf('maximum', 'GT', 0), shareOf('maximum', 'GT', 1)],
    },
    e.max,
  ),

  minimum: binary(
    'minimum',
    {
      accepts: NUMBERS,
      facts: { commutative: true, mildIn: [0, 1] },
      scalar: always(Math.min),
      // d min(x, y) = dx where x < y, dy where x > y, half of each at a tie
      slopes: [shareOf('minimum', 'LT', 0), shareOf('minimum', 'LT', 1)],
    },
    e.min,
  ),

  and: logic('and', (x, y) => x & y, e.and),

  or: logic('or', (x, y) => x | y, e.or),

  xor: logic('xor', (x, y) => x ^ y, e.xor),

  shift_left: binary(
    'shift_left',
    {
      accepts: INTEGERS,
      scalar: always((x, y) => (inRange(y) ? x << y : 0)),
      slopes: 'zero',
    },
    (x, y) => shiftedOut(x, y, e.shl(x, y)),
  ),

  shift_right_logical: binary(
    'shift_right_logical',
    {
      accepts: INTEGERS,
      scalar: always((x, y) => (inRange(y) ? x >>> y : 0)),
      slopes: 'zero',
    },
    (x, y, { elem }) => shiftedOut(x, y, e.bits(e.shr(e.bits(x, 'u32'), e.bits(y, 'u32')), elem)),
  ),
} satisfies Partial<Table>
