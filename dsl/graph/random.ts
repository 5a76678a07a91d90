/** Random numbers in a graph: threefry on keys, the same bits on every target. */
import { userFault } from '../../runtime/fault.js'
import { operandAt } from './elementwise.js'
import { type Node, nodeOf, type Operand, operation } from './node.js'

/** Keys are u32[2]. */
const keyOf = (x: Operand, op: string): Node => {
  const node = nodeOf(x, op)
  if (node.dtype === 'u32' && node.shape.length === 1 && node.shape[0] === 2) return node
  throw userFault(
    'wrong-key',
    `${op}: a random key is u32[2], received ${node.dtype}[${node.shape.join(', ')}]`,
  )
}

/** A key made of two words. */
export const keyConstant = (high: number, low: number): Node =>
  operation('key', [], [2], 'u32', b => b.constant({ shape: [2], dtype: 'u32' }, Uint32Array.of(high, low)))

/** Another key, for the same key and number always the same: threefry2x32(key, (0, number)). */
export const foldIn = (key: Operand, number: Operand): Node => {
  const from = keyOf(key, 'foldIn')
  if (typeof number === 'number') {
    return operation('foldIn', [from], [2], 'u32', (b, values) =>
      b.randomFoldIn(operandAt(values, 0), b.scalar(number, 'u32')),
    )
  }
  return operation('foldIn', [from, nodeOf(number, 'foldIn')], [2], 'u32', (b, values) =>
    b.randomFoldIn(operandAt(values, 0), b.convert(operandAt(values, 1), 'u32')),
  )
}

/** Uniform numbers in [0, 1) in the shape of `like`: the upper 24 bits of each word, over 2²⁴. */
export const uniformLike = (key: Operand, like: Operand): Node => {
  const shaped = nodeOf(like, 'uniformLike')
  return operation('uniform', [keyOf(key, 'uniformLike'), shaped], shaped.shape, 'f32', (b, values) => {
    const bits = b.randomBits(operandAt(values, 0), b.shapeOf(operandAt(values, 1)))
    const upper = b.convert(b.shift_right_logical(bits, b.fullLike(bits, 8)), 'f32')
    return b.multiply(upper, b.fullLike(upper, 2 ** -24))
  })
}
