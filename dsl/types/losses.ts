/** Losses as types: functions from the output's shape to the target's type. */
import type { Dim, Shape } from './dims.js'
import type { DType } from './layer.js'
import type { lossNames, NameIn, NameMeant } from './names.js'

/** What every loss has: from `this['~out']`, the shape of the targets it wants, and their dtype. */
export interface Loss {
  readonly kind: string
  readonly '~out': unknown
  readonly '~target': unknown
  readonly '~dtype': DType
}

/** The shape of the targets that L wants for a model output of shape Out. */
export type TargetOf<L extends Loss, Out> = (L & { readonly '~out': Out })['~target']

/** A loss whose targets look like the output. */
export interface SameShapeLoss extends Loss {
  readonly '~target': this['~out']
  readonly '~dtype': 'f32'
}

/** Cross-entropy between distributions: targets are one-hot or probabilities. */
export interface CategoricalCrossentropy extends SameShapeLoss {
  readonly kind: 'categoricalCrossentropy'
}

/** Cross-entropy of independent yes/no outputs. */
export interface BinaryCrossentropy extends SameShapeLoss {
  readonly kind: 'binaryCrossentropy'
}

/** Mean squared error. */
export interface MeanSquaredError extends SameShapeLoss {
  readonly kind: 'meanSquaredError'
}

/** Mean absolute error. */
export interface MeanAbsoluteError extends SameShapeLoss {
  readonly kind: 'meanAbsoluteError'
}

/** Cross-entropy with class numbers as targets: the output's shape without its last axis, i32. */
export interface SparseCategoricalCrossentropy extends Loss {
  readonly kind: 'sparseCategoricalCrossentropy'
  readonly '~target': WithoutLast<this['~out']>
  readonly '~dtype': 'i32'
}

type WithoutLast<S> = S extends readonly [...infer Front extends Shape, Dim]
  ? Front
  : S extends readonly []
    ? []
    : Shape

/** The losses that can be given by name, with their defaults; names.ts has their other names. */
export interface LossesByName extends Readonly<Record<keyof typeof lossNames, Loss>> {
  readonly categoricalCrossentropy: CategoricalCrossentropy
  readonly sparseCategoricalCrossentropy: SparseCategoricalCrossentropy
  readonly binaryCrossentropy: BinaryCrossentropy
  readonly meanSquaredError: MeanSquaredError
  readonly meanAbsoluteError: MeanAbsoluteError
}

/** The name of a loss, or one of its other names: `mse`, `mean_squared_error`, … */
export type LossName = NameIn<typeof lossNames>

/** A loss, itself or by name. */
export type LossOf<L> = L extends keyof LossesByName
  ? LossesByName[L]
  : L extends LossName
    ? LossesByName[NameMeant<typeof lossNames, L>]
    : L extends Loss
      ? L
      : never
