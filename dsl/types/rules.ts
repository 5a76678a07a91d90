/**
 * The shape rules at run time, twins of the types in shape-rules.ts, reshape.ts, einsum.ts and layers.ts.
 * Each returns a shape, or throws a user's Fault with the sentence that the type would show.
 */
import { type Fault, userFault } from '../../runtime/fault.js'
import { addDims, factorsOf, lastDim, multiplyDims, product } from './dim-values.js'
import type { Dim, Shape } from './dims.js'
import * as say from './wording.js'

const mismatch = (sentence: string): Fault => userFault('shape-mismatch', sentence)

const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i])

// ---- sizes

/** Refuses a number that is no positive integer; symbols pass. */
export const checkSize = (op: string, size: Dim): void => {
  if (typeof size === 'number') checkCount(op, size)
}

/** Refuses what is no positive integer, symbols too: nothing would say how many units or filters to make. */
export const checkCount = (op: string, size: Dim): void => {
  if (typeof size !== 'number' || !(Number.isInteger(size) && size > 0)) {
    throw userFault('bad-size', say.notAPositiveInteger(op, size))
  }
}

// ---- elementwise

/** NumPy's broadcasting: shapes are aligned at the right, and a 1 stretches. */
export const broadcast = (op: string, a: Shape, b: Shape): Shape => {
  const out: Dim[] = []
  for (let fromRight = 1; fromRight <= Math.max(a.length, b.length); fromRight++) {
    const x = a[a.length - fromRight] ?? 1
    const y = b[b.length - fromRight] ?? 1
    if (x !== y && x !== 1 && y !== 1) throw mismatch(say.doNotBroadcast(op, a, b, x, y))
    out.unshift(x === 1 ? y : x)
  }
  return out
}

// ---- matmul

/** [...batch, m, k] x [...batch, k, n] = [...batch, m, n]; the batch dimensions broadcast. */
export const matmul = (a: Shape, b: Shape): Shape => {
  const [m, k] = a.slice(-2)
  if (m === undefined || k === undefined) throw mismatch(say.operandRankTwo('left', a))
  const [k2, n] = b.slice(-2)
  if (k2 === undefined || n === undefined) throw mismatch(say.operandRankTwo('right', b))
  if (k !== k2) throw mismatch(say.innerDiffer(a, b, k, k2))
  return [...broadcast('matmul', a.slice(0, -2), b.slice(0, -2)), m, n]
}

// ---- axes

/** The index that an axis means in a shape: -1 is the last one. */
export const axisOf = (op: string, shape: Shape, axis: number): number => {
  const index = axis < 0 ? shape.length + axis : axis
  if (!Number.isInteger(index) || index < 0 || index >= shape.length) {
    throw userFault('bad-axis', say.axisOutOfRange(op, shape, axis))
  }
  return index
}

/** The axes of a shape in the order that `axes` names. */
export const permute = (shape: Shape, axes: readonly number[]): Shape => {
  if (new Set(axes).size !== axes.length) throw userFault('bad-axis', say.axesRepeat('permute', axes))
  const out = axes.flatMap(axis => shape[axis] ?? [])
  if (out.length !== shape.length || axes.length !== shape.length) {
    throw userFault('bad-axis', say.doesNotPermute(shape, axes))
  }
  return out
}

/** Two shapes joined along an axis: all other dimensions are the same, that one adds up. */
export const concat = (a: Shape, b: Shape, axis: number): Shape => {
  const along = axisOf('concat', a, axis)
  for (const [i, x] of a.entries()) {
    const y = b[i]
    if (y === undefined) break
    if (i !== along && x !== y) throw mismatch(say.differOnAxis(a, b, i, x, y, along))
  }
  if (a.length !== b.length) throw mismatch(say.ranksDiffer(a, b))
  return a.map((x, i) => (i === along ? addDims(x, b[i] ?? 0) : x))
}

/** A shape without the reduced axes, or with a 1 in their place. No axes means all of them. */
export const reduce = (
  op: string,
  shape: Shape,
  axes: number | readonly number[] | undefined,
  keepdims = false,
): Shape => {
  const reduced = new Set(reducedAxes(op, shape, axes))
  return keepdims
    ? shape.map((dim, i) => (reduced.has(i) ? 1 : dim))
    : shape.filter((_, i) => !reduced.has(i))
}

/** The indices that `axes` means in a reduction, in the caller's order. */
export const reducedAxes = (
  op: string,
  shape: Shape,
  axes: number | readonly number[] | undefined,
): readonly number[] => {
  if (axes === undefined) return shape.map((_, i) => i)
  const list = typeof axes === 'number' ? [axes] : axes
  const indices = list.map(axis => axisOf(op, shape, axis))
  if (new Set(indices).size !== indices.length) throw userFault('bad-axis', say.axesRepeat(op, list))
  return indices
}

// ---- reshape

/** The shape `to` with its -1 filled in, for the elements of `shape`. */
export const reshape = (shape: Shape, to: Shape): Shape => {
  const stated = to.filter(dim => dim !== -1)
  for (const dim of stated) checkSize('reshape', dim)
  const fills = to.length - stated.length
  if (fills > 1) throw mismatch(say.onlyOneFill(to))
  const [from, into] = cancelSymbols(shape, stated)
  const have = product(from)
  const taken = product(into)
  if (fills === 0) {
    if (have !== taken) throw mismatch(say.cannotView(shape, to, product(shape), product(to)))
    return to
  }
  const filled = fill(shape, to, have, taken)
  return to.map(dim => (dim === -1 ? filled : dim))
}

const fill = (shape: Shape, to: Shape, have: Dim, taken: Dim): Dim => {
  if (taken === 1) return have
  if (typeof taken !== 'number') throw mismatch(say.cannotFill(shape, to))
  const [factor, symbols] = factorsOf(have)
  if (factor % taken !== 0) throw mismatch(say.notDivisible(shape, to, product(shape), taken))
  return symbols === '' ? factor / taken : multiplyDims(factor / taken, symbols)
}

/** Both shapes without the symbols that they share, so that ['N', 28, 28] views as ['N', 784]. */
const cancelSymbols = (shape: Shape, to: Shape): readonly [Shape, Shape] => {
  const left = [...shape]
  const kept = to.filter(dim => {
    const at = typeof dim === 'string' ? left.indexOf(dim) : -1
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  return [left, kept]
}

// ---- einsum

/** The parts of an equation such as 'bij,bjk->bik': the indices of each operand, and of the output. */
export interface EinsumParts {
  readonly inputs: readonly string[]
  readonly output: string
  /** The dimension of each index. */
  readonly sizes: ReadonlyMap<string, Dim>
}

/** An equation on operands of these shapes, taken apart and checked. */
export const einsumParts = (eq: string, shapes: readonly Shape[]): EinsumParts => {
  const arrow = eq.indexOf('->')
  if (arrow < 0) throw userFault('bad-equation', say.einsumForm(eq))
  const inputs = eq.slice(0, arrow).split(',')
  const output = eq.slice(arrow + 2)
  const sizes = new Map<string, Dim>()
  for (const [i, indices] of inputs.entries()) {
    const shape = shapes[i]
    if (shape === undefined || (i === inputs.length - 1 && shapes.length > inputs.length)) {
      throw userFault('bad-equation', say.einsumOperands(eq))
    }
    bindIndices(eq, indices, shape, sizes)
  }
  checkOutput(eq, output, sizes)
  return { inputs, output, sizes }
}

/** The output shape of an equation. */
export const einsum = (eq: string, shapes: readonly Shape[]): Shape => {
  const { output, sizes } = einsumParts(eq, shapes)
  return [...output].flatMap(index => sizes.get(index) ?? [])
}

const bindIndices = (eq: string, indices: string, shape: Shape, sizes: Map<string, Dim>): void => {
  for (const [i, index] of [...indices].entries()) {
    const dim = shape[i]
    if (dim === undefined) throw userFault('bad-equation', say.einsumAxes(eq, shape, 'fewer'))
    const bound = sizes.get(index)
    if (bound !== undefined && bound !== dim) throw mismatch(say.einsumIndexDiffers(eq, index, bound, dim))
    sizes.set(index, dim)
  }
  if (shape.length > [...indices].length) throw userFault('bad-equation', say.einsumAxes(eq, shape, 'more'))
}

const checkOutput = (eq: string, output: string, sizes: ReadonlyMap<string, Dim>): void => {
  const seen = new Set<string>()
  for (const index of output) {
    if (seen.has(index)) throw userFault('bad-equation', say.einsumOutputRepeats(eq, index))
    if (!sizes.has(index)) throw userFault('bad-equation', say.einsumOutputUnknown(eq, index))
    seen.add(index)
  }
}

// ---- layers

/** [..., in] -> [..., units]; `from` is the input dimension when the layer states it. */
export const dense = (shape: Shape, units: Dim, from?: Dim): Shape => {
  const last = lastDim(shape)
  if (last === undefined) throw mismatch(say.rankOneOrMore('dense', shape))
  if (from !== undefined && from !== last) throw mismatch(say.wrongLastDim('dense', from, last))
  return [...shape.slice(0, -1), units]
}

/** The shape itself, for layers that need a last axis: batchNorm, layerNorm. */
export const sameWithLast = (op: string, shape: Shape): Shape => {
  if (shape.length === 0) throw mismatch(say.rankOneOrMore(op, shape))
  return shape
}

/** [batch, ...rest] -> [batch, product of rest]. */
export const flatten = (shape: Shape): Shape => {
  const [batch, ...rest] = shape
  if (batch === undefined) throw mismatch(say.rankOneOrMore('flatten', shape))
  return [batch, product(rest)]
}

/** [batch, ...rest] -> [batch, ...to], with at most one -1 in `to`. */
export const reshapeLayer = (shape: Shape, to: Shape): Shape => {
  const [batch, ...rest] = shape
  if (batch === undefined) throw mismatch(say.rankOneOrMore('reshape', shape))
  return [batch, ...reshape(rest, to)]
}

/** The output shape of a residual block, when it is the shape that went in. */
export const residual = (shape: Shape, out: Shape): Shape => {
  if (!sameShape(shape, out)) throw mismatch(say.residualDiffers(shape, out))
  return out
}

// ---- data

/**
 * What the symbols of `pattern` stand for in `got`. `bound` holds symbols that other data has bound already;
 * it is not changed.
 */
export const unify = (
  op: string,
  pattern: Shape,
  got: Shape,
  bound: ReadonlyMap<string, Dim> = new Map(),
): ReadonlyMap<string, Dim> => {
  const out = new Map(bound)
  for (const [i, want] of pattern.entries()) {
    const dim = got[i]
    if (dim === undefined) throw mismatch(say.expectedRank(op, pattern, got))
    const known = typeof want === 'string' ? out.get(want) : want
    if (known === undefined) out.set(`${want}`, dim)
    else if (known !== dim && typeof want === 'string')
      throw mismatch(say.symbolDiffers(op, want, known, dim))
    else if (known !== dim) throw mismatch(say.expected(op, pattern, got, want, dim))
  }
  if (got.length > pattern.length) throw mismatch(say.expectedRank(op, pattern, got))
  return out
}

/** Refuses `got` unless it is exactly `want`; nothing is bound, 'N' only equals 'N'. */
export const match = (op: string, want: Shape, got: Shape): void => {
  for (const [i, dim] of want.entries()) {
    const other = got[i]
    if (other === undefined) throw mismatch(say.expectedRank(op, want, got))
    if (dim !== other) throw mismatch(say.expected(op, want, got, dim, other))
  }
  if (got.length > want.length) throw mismatch(say.expectedRank(op, want, got))
}

/** A shape with its symbols replaced by what they are bound to. */
export const substitute = (shape: Shape, bound: ReadonlyMap<string, Dim>): Shape =>
  shape.map(dim => (typeof dim === 'string' ? (bound.get(dim) ?? dim) : dim))
