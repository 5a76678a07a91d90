import type { Builder } from '../../compiler/ir/build.js'
import type { DotDims, Value, WindowDims } from '../../compiler/ir/program.js'
import { sizeOf } from '../../runtime/dtype.js'
import type { Dice } from './dice.js'
import { any, type Growing, onTensor, partnerOf } from './site.js'

/* Steps of products and of windows. */

/** A product over one pair of dimensions of equal size, with another such pair as batch where there is one. */
export const dot = (site: Growing): Value | undefined =>
  any(site, lhs => {
    const { dtype, shape: left } = site.b.typeOf(lhs)
    const rhs = site.dice.maybe(site.values.filter(v => site.b.typeOf(v).dtype === dtype)) ?? lhs
    const right = site.b.shapeOf(rhs)
    const pairs = left.flatMap((n, i) => right.flatMap((m, j) => (n === m ? [[i, j] as const] : [])))
    const contracting = site.dice.maybe(pairs)
    const batch = site.dice.maybe(pairs.filter(([i, j]) => i !== contracting?.[0] && j !== contracting?.[1]))
    const useBatch = batch !== undefined && site.dice.below(2) === 1
    const dims: DotDims = {
      lhsBatch: useBatch ? [batch[0]] : [],
      rhsBatch: useBatch ? [batch[1]] : [],
      lhsContracting: contracting ? [contracting[0]] : [],
      rhsContracting: contracting ? [contracting[1]] : [],
    }
    const shared = [...dims.lhsBatch, ...dims.lhsContracting].reduce((n, d) => n * (left[d] ?? 1), 1)
    if ((sizeOf(left) * sizeOf(right)) / Math.max(shared, 1) > site.maxElements) return undefined
    return site.b.dot_general(lhs, rhs, dims)
  })

/** A window of one to three elements along each dimension; padding, which may cut off, so that it fits. */
export const windowOf = (dice: Dice, shape: readonly number[]): WindowDims => {
  const sizes = shape.map(() => 1 + dice.below(3))
  const strides = sizes.map(size => (dice.below(2) === 1 ? size : 1 + dice.below(2)))
  const dilations = shape.map(() => 1 + dice.below(2))
  const low = shape.map(() => dice.below(4) - 1)
  const high = shape.map((size, d) => {
    const reach = ((sizes[d] ?? 1) - 1) * (dilations[d] ?? 1) + 1
    return Math.max(dice.below(3) - 1, reach - size - (low[d] ?? 0))
  })
  return { sizes, strides, dilations, low, high }
}

/** Values for the windows of x: a value at hand, or a number, of the shape that gathering gives. */
export const scatter = (site: Growing): Value | undefined =>
  any(site, x => {
    const dims = windowOf(site.dice, site.b.shapeOf(x))
    return site.b.select_and_scatter(x, partnerOf(site, site.b.select_and_gather(x, x, dims)), dims)
  })

/** Any tensor as images [batch, ...space, channels], and the elements of another as the kernel. */
export const convolve = (site: Growing): Value | undefined =>
  onTensor(site, (given, rank) => {
    const { b, dice } = site
    const x = rank < 2 ? b.reshape(given, [1, ...b.shapeOf(given), 1]) : given
    const { shape, dtype } = b.typeOf(x)
    const space = shape.slice(1, -1)
    const channels = shape.at(-1) ?? 1
    const featureGroups = dice.pick([1, channels % 2 === 0 ? 2 : 1, channels])
    const { sizes, strides, dilations, low, high } = windowOf(dice, space)
    const kernel = [...sizes, channels / featureGroups, featureGroups * (1 + dice.below(3))]
    const alike = site.values.filter(v => b.typeOf(v).dtype === dtype && sizeOf(b.shapeOf(v)) > 0)
    return b.convolution(x, refilled(b, dice.maybe(alike) ?? x, kernel), {
      strides,
      low,
      high,
      lhsDilation: space.map(() => 1 + dice.below(2)),
      rhsDilation: dilations,
      featureGroups,
    })
  })

/** The elements of x, over and over, in a shape. */
const refilled = (b: Builder, x: Value, shape: readonly number[]): Value => {
  const [have, want] = [sizeOf(b.shapeOf(x)), sizeOf(shape)]
  const rounds = Math.ceil(want / have)
  const all = b.broadcast_in_dim(b.reshape(x, [have]), [rounds, have], [1])
  return b.reshape(b.slice(b.reshape(all, [rounds * have]), [0], [want]), shape)
}
