import fc from 'fast-check'
import type { Feedable } from '../../dsl/types/training.js'
import { sizeOf } from '../../runtime/dtype.js'
import {
  drawn,
  type ModelOptions,
  type ModelSample,
  modelOf,
  moduleOf,
  sampleOf,
  sourceOf,
} from './models.js'
import { printsAs } from './prints-as.js'
import {
  denseOf,
  lastOf,
  namedAs,
  reshapeTo,
  residualOf,
  rowOf,
  type Visitor,
  type Written,
  writerWith,
} from './written.js'

/** Layers with a fault, and the same put right. */
interface Plant {
  readonly wrong: readonly Written[]
  readonly right: readonly Written[]
}

/** The layers of one kind; those that follow are made for the right ones, so that nothing else is wrong. */
const grown = (plant: Plant, which: keyof Plant): readonly Written[] => {
  const after = plant.right.at(-1)?.after
  return plant[which].map((one, i, all) =>
    i < all.length - 1 || after === undefined ? one : { ...one, after },
  )
}

/** What to put into a gap between layers, where the shape is `before`. */
type Planting = (before: readonly number[], by: number, gap: number) => Plant

/** Ways to go wrong where the shape is `before`; `by` tells how far, from 1. */
const plants = {
  /** A dense layer that is told of another input dimension. */
  wrongInput: (before, by) => ({
    wrong: [denseOf(2, before, { in: lastOf(before) + by })],
    right: [denseOf(2, before, { in: lastOf(before) })],
  }),
  /** A reshape to more elements. */
  wrongReshape: (before, by) => ({
    wrong: [reshapeTo([sizeOf(before) + by])],
    right: [reshapeTo([sizeOf(before)])],
  }),
  /** A reshape that leaves open a dimension which does not come out whole. */
  wrongFill: (before, by) => ({
    wrong: [reshapeTo([1, sizeOf(before) + by], true)],
    right: [reshapeTo([1, sizeOf(before)], true)],
  }),
  /** A block that changes the shape which is added to it. */
  wrongResidual: (before, by) => ({
    wrong: [residualOf([denseOf(lastOf(before) + by, before)])],
    right: [residualOf([denseOf(lastOf(before), before)])],
  }),
  /** Two layers of one name. */
  nameTwice: (before, by, gap) => {
    const second = denseOf(by, before.with(-1, 3))
    const first = namedAs(`twice${gap}`, denseOf(3, before))
    return { wrong: [first, namedAs(`twice${gap}`, second)], right: [first, namedAs(`once${gap}`, second)] }
  },
  /** A layer of no units, or less. */
  wrongSize: (before, by) => ({ wrong: [denseOf(1 - by, before)], right: [denseOf(by, before)] }),
} satisfies Readonly<Record<string, Planting>>

/** The kinds of mistake that `brokenModel` makes. */
export type FaultName = keyof typeof plants

const FAULTS = Object.keys(plants) as FaultName[] // Object.keys forgets the keys

/** Options of `brokenModel`. */
export interface BrokenOptions extends ModelOptions {
  /** The kinds of mistake to make. Default: all. */
  readonly faults?: readonly FaultName[]
  /** How many mistakes to make, as far as there is room. Default: 1. */
  readonly count?: number
}

/** One fault to plant. */
interface Chosen {
  readonly name: FaultName
  readonly at: number
  readonly by: number
}

/** A model that must be refused, and the same model without its mistakes. */
export interface BrokenModel {
  /** The expression, which does not compile. */
  readonly source: string
  /** The expression as a module that exports `model`. */
  readonly module: string
  /** Makes the model; if its constructor does not throw, the first function that needs its shape fails. */
  readonly build: () => Feedable
  /** The mistakes in it, in order. */
  readonly faults: readonly FaultName[]
  /** The same model without the mistakes. */
  readonly right: ModelSample
}

/**
 * A fast-check arbitrary of models with a mistake somewhere, inside a block too, each with the same model
 * corrected: a tool that draws, exports or checks models must refuse the one and accept the other. Defaults
 * and shrinking are those of `model`.
 *
 * @example
 * ```ts
 * import { init } from 'densor'
 * import { brokenModel } from 'densor/testing'
 * import * as fc from 'fast-check'
 *
 * fc.assert(fc.property(brokenModel(), ({ right }) => init(right.model)._tag === 'Right'))
 * ```
 */
export const brokenModel = (options: BrokenOptions = {}): fc.Arbitrary<BrokenModel> => {
  const { faults = FAULTS, count = 1 } = options
  const fault = fc.record({
    name: fc.constantFrom(...faults),
    at: fc.nat(1000),
    by: fc.integer({ min: 1, max: 3 }),
  })
  const planted = fc.array(fault, { minLength: count, maxLength: count })
  return fc.record({ ...drawn(options), planted }).map(({ wishes, input, batch, seed, planted: chosen }) => {
    const rowWith = (visit: Visitor): readonly Written[] => rowOf(wishes, input, writerWith(visit))
    const places = placesOf(chosen, gapsOf(rowWith))
    const plantedAs = (which: keyof Plant): readonly Written[] => {
      let gap = 0
      return rowWith(before => {
        const at = places.get(gap++)
        return at === undefined ? [] : grown(plants[at.name](before, at.by, gap), which)
      })
    }
    const source = sourceOf(input, plantedAs('wrong'))
    return printsAs(source, {
      source,
      module: moduleOf(source),
      build: () => modelOf(input, plantedAs('wrong')),
      faults: [...places].sort(([a], [b]) => a - b).map(([, { name }]) => name),
      right: sampleOf(input, plantedAs('right'), batch, seed),
    })
  })
}

type Walk = (visit: Visitor) => unknown

/** How many gaps a walk comes by. */
const gapsOf = (walk: Walk): number => {
  let gaps = 0
  walk(() => {
    gaps++
    return []
  })
  return gaps
}

/** Each fault by the gap that it is planted in; of two for one gap, the second is planted in the next free one. */
const placesOf = (chosen: readonly Chosen[], gaps: number): ReadonlyMap<number, Chosen> => {
  const places = new Map<number, Chosen>()
  for (const fault of chosen.slice(0, gaps)) {
    let gap = fault.at % gaps
    while (places.has(gap)) gap = (gap + 1) % gaps
    places.set(gap, fault)
  }
  return places
}
