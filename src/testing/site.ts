import type { Builder } from '../../compiler/ir/build.js'
import type { Prim, PrimParams, Value } from '../../compiler/ir/program.js'
import type { Dice } from './dice.js'

/* What the steps of steps.ts are made of: values at hand, and operands that fit them. */

/** What a program has so far. */
export interface Growing {
  readonly b: Builder
  readonly values: readonly Value[]
  readonly dice: Dice
  /** The float dtype of the program. */
  readonly float: 'f32' | 'f64'
  /** No dimension and no product of dimensions is larger. */
  readonly maxElements: number
}

/** How a program grows by one equation; `undefined` where nothing at hand fits. */
export type Step = (site: Growing) => Value | undefined

/** Primitives without parameters. */
type Plain = { readonly [P in Prim]: Record<never, never> extends PrimParams[P] ? P : never }[Prim]

/** A primitive without parameters on operands of one type. */
export function plain(prim: Plain, arity: 1 | 2 | 3): Step {
  return site =>
    any(site, x => {
      const others = Array.from({ length: arity - 1 }, () => partnerOf(site, x))
      return site.b.emit(prim, [x, ...others], {})
    })
}

/** A step on any value at hand. */
export const any = (site: Growing, make: (x: Value) => Value | undefined): Value | undefined => {
  const x = site.dice.maybe(site.values.toReversed())
  return x === undefined ? undefined : make(x)
}

/** A step on two values of one type. */
export const pair = (site: Growing, make: (x: Value, y: Value) => Value | undefined): Value | undefined =>
  any(site, x => make(x, partnerOf(site, x)))

/** A step on a value that is not a scalar. */
export const onTensor = (site: Growing, make: (x: Value, rank: number) => Value): Value | undefined => {
  const tensors = site.values.filter(v => site.b.shapeOf(v).length > 0).toReversed()
  const x = site.dice.maybe(tensors)
  return x === undefined ? undefined : make(x, site.b.shapeOf(x).length)
}

/** True for values of the program's float dtype. */
export const isFloat = ({ b, float }: Growing, x: Value): boolean => b.typeOf(x).dtype === float

/** A value of the type of `x`: one at hand, or a number everywhere. */
export const partnerOf = ({ b, values, dice }: Growing, x: Value): Value => {
  const { shape, dtype } = b.typeOf(x)
  const alike = values.filter(v => b.typeOf(v).dtype === dtype && b.shapeOf(v).join() === shape.join())
  const choice = dice.below(alike.length + 2)
  const known = alike.toReversed()[choice]
  if (known !== undefined) return known
  return b.full(shape, dice.pick(dtype === 'bool' ? [1, 0] : [2, 1, 0, dtype === 'u32' ? 40 : -1]), dtype)
}

/** The dimensions of a shape, in order. */
export const dimensionsOf = (shape: readonly number[]): number[] => shape.map((_, d) => d)
