import type { Value } from '../ir/program.js'
import {
  type Contraction,
  contractionKept,
  contractionScratch,
  lowerContraction,
  lowerPacking,
  packingKey,
} from '../loop/contraction/contraction.js'
import { divideContraction } from './divide.js'
import { contractionOf } from './lower-contraction.js'
import type { Placement } from './members.js'
import { roundUp } from './memory.js'
import type { Lowered, ProductKernel, ProductLowering } from './product-seam.js'
import type { Room } from './storage.js'

/** A kernel's products, one for each thread that takes a part. */
const productsOf = (
  name: string,
  kernel: ProductKernel,
  placement: Placement,
  stored: ReadonlySet<Value>,
  parts: number,
): readonly Contraction[] =>
  divideContraction(
    contractionOf(name, kernel.group, kernel.product, v => stored.has(v), placement),
    parts,
  )

/** What of a kernel's products is packed before all calls: once for all parts that read the same. */
const packingsOf = (products: readonly Contraction[]): ReadonlyMap<string, Contraction> =>
  new Map(products.flatMap(c => (contractionKept(c) > 0 ? [[packingKey(c), c]] : [])))

/** A contraction, its parts one after the other in the room that it has. */
const lowerProducts = (products: readonly Contraction[], room: Room): Lowered => {
  let { scratch, kept } = room
  const places = new Map<string, number>()
  const packings = [...packingsOf(products)].map(([key, c]) => {
    places.set(key, kept)
    kept += roundUp(contractionKept(c))
    return lowerPacking(c, places.get(key) ?? 0)
  })
  const parts = products.map(c => {
    const own = scratch
    scratch += roundUp(contractionScratch(c))
    return lowerContraction(c, own, places.get(packingKey(c)) ?? 0)
  })
  return { parts, packings }
}

/** Products as loops of their own. */
export const productLoops: ProductLowering = {
  room: (kernel, placement, stored, parts) => {
    const products = productsOf('room', kernel, placement, stored, parts)
    return {
      scratch: products.reduce((n, c) => n + roundUp(contractionScratch(c)), 0),
      kept: [...packingsOf(products).values()].reduce((n, c) => n + roundUp(contractionKept(c)), 0),
    }
  },
  lower: (name, kernel, placement, stored, room, parts) =>
    lowerProducts(productsOf(name, kernel, placement, stored, parts), room),
}
