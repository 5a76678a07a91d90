/** Sums of products: matmul and einsum, each one dot_general where it can be. */
import { dotGeneral } from '../../compiler/families/products.js'
import type { Builder } from '../../compiler/ir/build.js'
import type { Value } from '../../compiler/ir/program.js'
import { bug } from '../../runtime/fault.js'
import * as rules from '../types/rules.js'
import { alike, operandAt } from './elementwise.js'
import { type Node, nodeOf, type Operand, operation } from './node.js'

/** The matrix product over the last two axes; the axes before them broadcast. */
export const matmul = (a: Operand, b: Operand): Node => {
  const [x, y] = pair('matmul', a, b)
  const shape = rules.matmul(x.shape, y.shape)
  return operation('matmul', [x, y], shape, x.dtype, (builder, values) =>
    product(builder, operandAt(values, 0), operandAt(values, 1)),
  )
}

/** Both operands as floats of one dtype. */
const pair = (name: string, a: Operand, b: Operand): readonly [Node, Node] => {
  const [x, y] = alike(name, [nodeOf(a, name), nodeOf(b, name)], 'f32')
  if (x === undefined || y === undefined) throw bug(`${name}: takes two operands`)
  return [x, y]
}

/** Letters for the axes of both operands: batch axes aligned at the right, rows, inner, columns. */
const product = (b: Builder, x: Value, y: Value): Value => {
  const [left, right] = [b.shapeOf(x), b.shapeOf(y)]
  const rank = Math.max(left.length, right.length) - 2
  const letters = (length: number) =>
    Array.from({ length }, (_, i) => String.fromCharCode(97 + rank - length + i))
  const batch = letters(rank)
  return contract(
    b,
    { value: x, axes: [...letters(left.length - 2), 'R', 'K'] },
    { value: y, axes: [...letters(right.length - 2), 'K', 'C'] },
    [...batch, 'R', 'C'],
  )
}

/** x · y over the last axis of x and the first of y: what a dense layer does at any rank. */
export const tensorDot = (a: Operand, b: Operand): Node => {
  const [x, y] = pair('dense', a, b)
  return operation(
    'dot',
    [x, y],
    [...x.shape.slice(0, -1), ...y.shape.slice(1)],
    x.dtype,
    (builder, values) => {
      const left = operandAt(values, 0)
      const last = builder.shapeOf(left).length - 1
      return dotGeneral(builder, left, operandAt(values, 1), {
        lhsBatch: [],
        rhsBatch: [],
        lhsContracting: [last],
        rhsContracting: [0],
      })
    },
  )
}

/** A sum of products over named indices, e.g. einsum('bij,bjk->bik', a, b). */
export const einsum = (equation: string, ...operands: readonly Operand[]): Node => {
  const nodes = alike('einsum', operands, 'f32')
  const shapes = nodes.map(x => x.shape)
  const { inputs, output } = rules.einsumParts(equation, shapes)
  return operation('einsum', nodes, rules.einsum(equation, shapes), nodes[0]?.dtype ?? 'f32', (b, values) => {
    const terms = values.map((value, i) => diagonal(b, { value, axes: [...(inputs[i] ?? '')] }))
    return reduceTerms(b, terms, [...output])
  })
}

/** A value whose axes have names. */
interface Term {
  readonly value: Value
  readonly axes: readonly string[]
}

/** Terms multiplied from the left, two at a time. */
const reduceTerms = (b: Builder, terms: readonly Term[], output: readonly string[]): Value => {
  const [first, second, ...rest] = terms
  if (first === undefined) return b.scalar(1)
  if (second === undefined) return arrange(b, sumOut(b, first, output), output)
  if (rest.length === 0) return contract(b, first, second, output)
  const later = new Set([...output, ...rest.flatMap(term => term.axes)])
  const kept = [...new Set([...first.axes, ...second.axes])].filter(axis => later.has(axis))
  return reduceTerms(b, [{ value: contract(b, first, second, kept), axes: kept }, ...rest], output)
}

/** One dot_general: indices of one operand alone that the output lacks are summed out before it. */
const contract = (b: Builder, x: Term, y: Term, output: readonly string[]): Value => {
  const left = dropOnes(b, sumOut(b, x, [...y.axes, ...output]), y)
  const right = dropOnes(b, sumOut(b, y, [...x.axes, ...output]), x)
  const shared = left.axes.filter(axis => right.axes.includes(axis))
  const batch = shared.filter(axis => output.includes(axis))
  const inner = shared.filter(axis => !output.includes(axis))
  const value = dotGeneral(b, left.value, right.value, {
    lhsBatch: batch.map(axis => left.axes.indexOf(axis)),
    rhsBatch: batch.map(axis => right.axes.indexOf(axis)),
    lhsContracting: inner.map(axis => left.axes.indexOf(axis)),
    rhsContracting: inner.map(axis => right.axes.indexOf(axis)),
  })
  const free = (term: Term) => term.axes.filter(axis => !shared.includes(axis))
  return arrange(b, { value, axes: [...batch, ...free(left), ...free(right)] }, output)
}

/** Without the axes of size 1 that are larger in the other term: they broadcast against it. */
const dropOnes = (b: Builder, term: Term, other: Term): Term => {
  const sizes = b.shapeOf(term.value)
  const others = b.shapeOf(other.value)
  const drop = (axis: string, i: number) => {
    const at = other.axes.indexOf(axis)
    return sizes[i] === 1 && at >= 0 && others[at] !== 1
  }
  const kept = term.axes.flatMap((axis, i) => (drop(axis, i) ? [] : [i]))
  return {
    value: b.reshape(
      term.value,
      kept.map(i => sizes[i] ?? 1),
    ),
    axes: kept.map(i => term.axes[i] ?? ''),
  }
}

const sumOut = (b: Builder, term: Term, wanted: readonly string[]): Term => {
  const alone = term.axes.flatMap((axis, i) => (wanted.includes(axis) ? [] : [i]))
  return {
    value: b.reduce('add', term.value, alone),
    axes: term.axes.filter(axis => wanted.includes(axis)),
  }
}

/** The axes in the order of `output`. */
const arrange = (b: Builder, term: Term, output: readonly string[]): Value =>
  b.transpose(
    term.value,
    output.map(axis => term.axes.indexOf(axis)),
  )

/** A term in which no index repeats: 'ii' keeps the elements on the diagonal. */
const diagonal = (b: Builder, term: Term): Term => {
  const second = term.axes.findIndex((axis, i) => term.axes.indexOf(axis) !== i)
  if (second < 0) return term
  const first = term.axes.indexOf(term.axes[second] ?? '')
  const shape = b.shapeOf(term.value)
  const onDiagonal = b.compare('EQ', b.iota(shape, first), b.iota(shape, second))
  const masked = b.select(onDiagonal, term.value, b.fullLike(term.value, 0))
  const axes = term.axes.filter((_, i) => i !== second)
  return diagonal(b, { value: b.reduce('add', masked, [second]), axes })
}
