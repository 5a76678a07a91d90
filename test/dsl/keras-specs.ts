import { maxNorm, minMaxNorm, nonNegative, unitNorm } from '../../dsl/constraints.js'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  findLoss,
  type LossValue,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../../dsl/losses.js'
import { adam, adamW, type Optimizer, rmsprop, sgd } from '../../dsl/optimizers.js'
import { l1, l1l2, l2, orthogonalRegularizer } from '../../dsl/regularizers.js'
import type { Constraint, Regularizer } from '../../dsl/types/options.js'
import { camelKeys, type Spec } from './golden.js'

/** The makers of one family, by Keras's class. */
const made = <T>(
  makers: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => T>>,
  spec: Spec,
): T => {
  const make = makers[spec.class]
  if (make === undefined) throw new Error(`no ${spec.class}`)
  return make(camelKeys(spec))
}

const numberOr = (x: unknown): number | undefined => (typeof x === 'number' ? x : undefined)

/** The regularizer that a golden file describes. */
export const regularizerOf = (spec: Spec): Regularizer =>
  made<Regularizer>(
    {
      L1: o => l1(numberOr(o.l1)),
      L2: o => l2(numberOr(o.l2)),
      L1L2: o => l1l2(o),
      OrthogonalRegularizer: o => orthogonalRegularizer(o),
    },
    spec,
  )

/** The constraint that a golden file describes. */
export const constraintOf = (spec: Spec): Constraint =>
  made<Constraint>(
    { MaxNorm: maxNorm, NonNeg: nonNegative, UnitNorm: unitNorm, MinMaxNorm: minMaxNorm },
    spec,
  )

/** The optimizer that a golden file describes. */
export const optimizerOf = (spec: Spec): Optimizer =>
  made<Optimizer>({ SGD: sgd, RMSprop: rmsprop, Adam: adam, AdamW: adamW }, spec)

/** The loss that a golden file describes. */
export const lossOf = (spec: Spec): LossValue =>
  made<LossValue>(
    {
      CategoricalCrossentropy: o => findLoss(categoricalCrossentropy(o)),
      SparseCategoricalCrossentropy: o => findLoss(sparseCategoricalCrossentropy(o)),
      BinaryCrossentropy: o => findLoss(binaryCrossentropy(o)),
      MeanSquaredError: () => findLoss(meanSquaredError()),
      MeanAbsoluteError: () => findLoss(meanAbsoluteError()),
    },
    spec,
  )
