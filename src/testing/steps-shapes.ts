import type { PrimParams, Value } from '../../compiler/ir/program.js'
import { sizeOf } from '../../runtime/dtype.js'
import type { Dice } from './dice.js'
import { any, dimensionsOf, type Growing, onTensor } from './site.js'

/* Steps that put elements elsewhere. */

/** A value repeated along a new dimension, or along one of size 1. */
export const broadcast = (site: Growing): Value | undefined =>
  any(site, x => {
    const shape = [...site.b.shapeOf(x)]
    const dimensions = dimensionsOf(shape)
    const place = site.dice.below(shape.length + 1)
    const size = 1 + site.dice.below(3)
    const one = shape.indexOf(1)
    if (one >= 0 && site.dice.below(2) === 1) shape[one] = size
    else shape.splice(place, 0, size)
    const grown = shape.length > dimensions.length
    if (sizeOf(shape) > site.maxElements || shape.length > 4) return undefined
    return site.b.emit('broadcast_in_dim', [x], {
      shape,
      dimensions: dimensions.map(d => (grown && d >= place ? d + 1 : d)),
    })
  })

/** A value beside others that differ from it along one dimension at most. */
export const concatenate = (site: Growing): Value | undefined =>
  onTensor(site, (x, rank) => {
    const dimension = site.dice.below(rank)
    const type = site.b.typeOf(x)
    const fits = (v: Value): boolean =>
      site.b.typeOf(v).dtype === type.dtype &&
      site.b.shapeOf(v).length === rank &&
      site.b.shapeOf(v).every((n, d) => d === dimension || n === type.shape[d])
    const others = site.values.filter(fits)
    const more = Array.from({ length: site.dice.below(3) }, () => site.dice.maybe(others) ?? x)
    return site.b.emit('concatenate', [x, ...more], { dimension })
  })

/** A value with edges, which may cut off. */
export const pad = (site: Growing): Value | undefined =>
  any(site, x => {
    const { shape, dtype } = site.b.typeOf(x)
    const edge = (): number[] => shape.map(() => site.dice.below(4) - 1)
    return site.b.pad(
      x,
      site.b.scalar(site.dice.pick([0, 1]), dtype),
      edge(),
      edge(),
      shape.map(() => site.dice.below(2)),
    )
  })

/** A part of each dimension, in steps. */
export const sliceOf = (dice: Dice, shape: readonly number[]): PrimParams['slice'] => {
  const start = shape.map(n => dice.below(n))
  return {
    start,
    limit: shape.map((n, d) => n - dice.below(n - (start[d] ?? 0))),
    strides: shape.map(() => 1 + dice.below(2)),
  }
}

/** The elements in another shape: flat, or a dimension split off or merged. */
export const otherShape = (dice: Dice, shape: readonly number[]): number[] => {
  const size = sizeOf(shape)
  const divisors = [1, 2, 3, 4].filter(n => size % n === 0)
  const first = dice.maybe(divisors) ?? 1
  return dice.pick([
    [size],
    [1, ...shape],
    [first, size / first],
    [size / first, 1, first],
    [...shape].reverse(),
  ])
}
