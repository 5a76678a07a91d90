import type { View } from '../ops/row.js'
import { at, stridesOf } from '../ops/tensor.js'
import type { Node } from './nodes.js'
import type { Move } from './views.js'

/** Places along one dimension: `count` of them, `step` apart. */
interface Places {
  readonly start: number
  readonly step: number
  readonly count: number
}

/**
 * The operand's elements, and the padding value in boxes around and between them; negative padding cuts elements off.
 * No two boxes overlap: along each dimension what is no element is filled, at the elements' places only in the
 * dimensions before.
 */
export const paddingOf = (node: Node): readonly Move[] => {
  const { equation } = node
  if (equation.prim !== 'pad') return []
  const { low, interior } = equation.params
  const [operand, value] = [at(node.operands, 0), at(node.operands, 1)]
  const out = node.space
  const all = out.map((extent): Places => ({ start: 0, step: 1, count: extent }))
  const sides = operand.view.shape.map((extent, d) => {
    const step = at(interior, d) + 1
    const first = Math.max(0, Math.ceil(-at(low, d) / step))
    const end = Math.min(extent, Math.floor((at(out, d) - 1 - at(low, d)) / step) + 1)
    return { first, places: { start: at(low, d) + first * step, step, count: Math.max(0, end - first) } }
  })
  const fill = (box: readonly Places[]): Move => {
    const view = boxIn(out, box)
    const from = { shape: view.shape, strides: out.map(() => 0), offset: value.view.offset }
    return { from: { root: value.root, view: from }, view }
  }
  const elements = sides.map(({ places }) => places)
  if (elements.some(({ count }) => count === 0)) return [fill(all)]
  const fills = elements.flatMap((side, d) =>
    beside(side, at(out, d)).map(gap => fill([...elements.slice(0, d), gap, ...all.slice(d + 1)])),
  )
  const view = boxIn(out, elements)
  const { strides, offset } = operand.view
  const skipped = sides.reduce((n, { first }, d) => n + first * at(strides, d), offset)
  return [
    ...fills,
    { from: { root: operand.root, view: { shape: view.shape, strides, offset: skipped } }, view },
  ]
}

/** What is before, after and between the places, of `extent`. */
const beside = ({ start, step, count }: Places, extent: number): readonly Places[] => {
  const end = start + (count - 1) * step + 1
  const between = Array.from({ length: step - 1 }, (_, h) => ({
    start: start + h + 1,
    step,
    count: count - 1,
  }))
  return [
    { start: 0, step: 1, count: start },
    ...between,
    { start: end, step: 1, count: extent - end },
  ].filter(({ count }) => count > 0)
}

/** A box of places in a buffer of this shape. */
const boxIn = (shape: readonly number[], box: readonly Places[]): View => {
  const strides = stridesOf(shape)
  return {
    shape: box.map(({ count }) => count),
    strides: box.map(({ step }, d) => step * at(strides, d)),
    offset: box.reduce((n, { start }, d) => n + start * at(strides, d), 0),
  }
}
