import { type DType, sizeOf } from '../../../runtime/dtype.js'
import type { Builder } from '../../ir/build.js'
import type { Equation, Value } from '../../ir/program.js'
import { isFloat } from '../../ops/rules.js'
import { madeBy, scalarOf, uniformOf } from '../match.js'
import type { Rule } from './rule.js'

/*
 * Identities of arithmetic that hold to the bit, for NaN, infinities and -0 too. Hence x + 0 stays for floats (it
 * turns -0 into 0), and so does x * 0.
 */

/** `[operand, other]` both ways round. */
const bothWays = ({ inputs: [x, y] }: Equation): readonly (readonly [Value, Value])[] =>
  x === undefined || y === undefined
    ? []
    : [
        [x, y],
        [y, x],
      ]

const isUniform = (b: Builder, value: Value, number: number): boolean => {
  const uniform = uniformOf(b, value)
  return uniform !== undefined && Object.is(uniform, number)
}

const addNothing: Rule = {
  name: 'add-nothing',
  on: ['add', 'subtract'],
  doc: 'x + -0 = x; x - 0 = x; of integers x + 0 = x',
  apply: (b, equation) => {
    if (equation.prim === 'add') {
      const zero = isFloat(b.typeOf(equation.inputs[0] ?? 0).dtype) ? -0 : 0
      return bothWays(equation).find(([, y]) => isUniform(b, y, zero))?.[0]
    }
    const [x, y] = equation.inputs
    return equation.prim === 'subtract' && y !== undefined && isUniform(b, y, 0) ? x : undefined
  },
}

const multiplyByOne: Rule = {
  name: 'multiply-by-one',
  on: ['divide', 'multiply'],
  doc: 'x * 1 = x; x / 1 = x; x * -1 = -x',
  apply: (b, equation) => {
    const [x, y] = equation.inputs
    if (equation.prim === 'divide' && y !== undefined && isUniform(b, y, 1)) return x
    if (equation.prim !== 'multiply') return undefined
    const byOne = bothWays(equation).find(([, other]) => isUniform(b, other, 1))
    if (byOne !== undefined) return byOne[0]
    const byMinusOne = bothWays(equation).find(([, other]) => isUniform(b, other, -1))
    return byMinusOne && b.negate(byMinusOne[0])
  },
}

const multiplyByZero: Rule = {
  name: 'multiply-by-zero',
  on: ['multiply'],
  doc: 'of integers x * 0 = 0',
  apply: (b, equation) =>
    equation.prim === 'multiply' && !isFloat(b.typeOf(equation.inputs[0] ?? 0).dtype)
      ? bothWays(equation).find(([, y]) => isUniform(b, y, 0))?.[1]
      : undefined,
}

/** 1/x if x is a power of two whose reciprocal is normal in f32, so that both products round alike. */
const exactReciprocal = (x: number): number | undefined => {
  const exponent = Math.round(Math.log2(Math.abs(x)))
  return 2 ** exponent === Math.abs(x) && Math.abs(exponent) <= 120 ? 1 / x : undefined
}

const divideByPowerOfTwo: Rule = {
  name: 'divide-by-power-of-two',
  on: ['divide'],
  doc: 'x / 2ⁿ = x * 2⁻ⁿ',
  apply: (b, equation) => {
    const [x, y] = equation.inputs
    if (equation.prim !== 'divide' || x === undefined || y === undefined) return undefined
    if (!isFloat(b.typeOf(x).dtype)) return undefined
    const divisor = uniformOf(b, y)
    const reciprocal = divisor === undefined ? undefined : exactReciprocal(divisor)
    return reciprocal === undefined ? undefined : b.multiply(x, b.fullLike(x, reciprocal))
  },
}

const wholePower: Rule = {
  name: 'whole-power',
  on: ['power'],
  doc: 'x¹ = x; x² = x * x; x⁻¹ = 1 / x',
  apply: (b, equation) => {
    const [x, y] = equation.inputs
    if (equation.prim !== 'power' || x === undefined || y === undefined) return undefined
    switch (uniformOf(b, y)) {
      case 1:
        return x
      case 2:
        return b.multiply(x, x)
      case -1:
        return b.divide(b.fullLike(x, 1), x)
      default:
        return undefined
    }
  },
}

const twice: Rule = {
  name: 'twice',
  on: ['abs', 'negate', 'not'],
  doc: '-(-x) = x; not not x = x; |-x| = |x|; ||x|| = |x|',
  apply: (b, { prim, inputs: [x] }) => {
    if (x === undefined) return undefined
    if (prim === 'negate' || prim === 'not') return madeBy(b, x, prim)?.inputs[0]
    if (prim !== 'abs') return undefined
    if (madeBy(b, x, 'abs') !== undefined) return x
    const inner = madeBy(b, x, 'negate')?.inputs[0]
    return inner === undefined ? undefined : b.abs(inner)
  },
}

const signs: Rule = {
  name: 'signs',
  on: ['add', 'multiply', 'subtract'],
  doc: 'x + -y = x - y; x - -y = x + y; -x * -y = x * y',
  apply: (b, equation) => {
    const [x, y] = equation.inputs
    if (x === undefined || y === undefined) return undefined
    const minusX = madeBy(b, x, 'negate')?.inputs[0]
    const minusY = madeBy(b, y, 'negate')?.inputs[0]
    switch (equation.prim) {
      case 'add':
        if (minusY !== undefined) return b.subtract(x, minusY)
        return minusX === undefined ? undefined : b.subtract(y, minusX)
      case 'subtract':
        return minusY === undefined ? undefined : b.add(x, minusY)
      case 'multiply':
        return minusX === undefined || minusY === undefined ? undefined : b.multiply(minusX, minusY)
      default:
        return undefined
    }
  },
}

const same: Rule = {
  name: 'same',
  on: ['and', 'maximum', 'minimum', 'or'],
  doc: 'max(x, x) = min(x, x) = x and x = x or x = x',
  apply: (_, { prim, inputs: [x, y] }) =>
    x === y && (prim === 'maximum' || prim === 'minimum' || prim === 'and' || prim === 'or') ? x : undefined,
}

const choose: Rule = {
  name: 'choose',
  on: ['select'],
  doc: 'select by a known or irrelevant condition; select(not c, x, y) = select(c, y, x)',
  apply: (b, { prim, inputs: [cond, x, y] }) => {
    if (prim !== 'select' || cond === undefined || x === undefined || y === undefined) return undefined
    if (x === y) return x
    const known = uniformOf(b, cond)
    if (known !== undefined) return known === 0 ? y : x
    const negated = madeBy(b, cond, 'not')?.inputs[0]
    return negated === undefined ? undefined : b.select(negated, y, x)
  },
}

const notEqual: Rule = {
  name: 'not-equal',
  on: ['not'],
  doc: 'not (x = y) is x ≠ y, and the reverse; not so for <, as NaN is neither',
  apply: (b, { prim, inputs: [x] }) => {
    if (prim !== 'not' || x === undefined) return undefined
    const compared = madeBy(b, x, 'compare')
    const [left, right] = compared?.inputs ?? []
    if (compared === undefined || left === undefined || right === undefined) return undefined
    if (compared.params.direction === 'EQ') return b.compare('NE', left, right)
    return compared.params.direction === 'NE' ? b.compare('EQ', left, right) : undefined
  },
}

/** Whether from -> via -> to gives what from -> to gives: via holds every value, and to rounds both alike. */
const isDetour = (from: DType, via: DType, to: DType): boolean => {
  if (from === 'bool' || (from === 'f32' && via === 'f64')) return true
  // an integer wraps into the other kind of integer, but a float saturates
  return via === 'f64' && from !== 'f64' && (to === from || isFloat(to) || to === 'bool')
}

const convertChain: Rule = {
  name: 'convert-chain',
  on: ['convert'],
  doc: 'convert to the same dtype is nothing; a detour over a wider dtype is cut short',
  apply: (b, equation) => {
    const [x] = equation.inputs
    if (equation.prim !== 'convert' || x === undefined) return undefined
    const { dtype } = equation.params
    if (b.typeOf(x).dtype === dtype) return x
    const inner = madeBy(b, x, 'convert')?.inputs[0]
    if (inner === undefined) return undefined
    return isDetour(b.typeOf(inner).dtype, b.typeOf(x).dtype, dtype) ? b.convert(inner, dtype) : undefined
  },
}

/**
 * A pointwise function of operands that each repeat one element repeats its value at those elements.
 */
const uniformOperands: Rule = {
  name: 'uniform-operands',
  on: 'pointwise',
  doc: 'f(broadcast a, broadcast b) = broadcast f(a, b) for scalars a, b and pointwise f',
  apply: (b, equation) => {
    const first = equation.inputs[0]
    if (first === undefined) return undefined
    const shape = b.shapeOf(first)
    if (sizeOf(shape) < 2) return undefined
    const scalars = equation.inputs.flatMap(v => scalarOf(b, v) ?? [])
    if (scalars.length < equation.inputs.length) return undefined
    const at = new Map(equation.inputs.map((v, i) => [v, b.reshape(scalars[i] ?? v, [])]))
    return b.broadcast_in_dim(b.copy(equation, at), shape, [])
  },
}

/** In the order in which they are tried. */
export const arithmeticRules: readonly Rule[] = [
  addNothing,
  multiplyByOne,
  multiplyByZero,
  divideByPowerOfTwo,
  wholePower,
  twice,
  signs,
  same,
  choose,
  notEqual,
  convertChain,
  uniformOperands,
]
