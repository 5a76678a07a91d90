import {
  checkedElsewhere,
  checkOptions,
  count,
  type Domains,
  flag,
  oneOf,
  wholeNumber,
} from '../../dsl/domains.js'
import type { Optimizer, OptimizerName } from '../../dsl/optimizers.js'
import type { Loss, LossName } from '../../dsl/types/training.js'
import * as domains from '../train/domains.js'

/** The code of a compiled module: WebAssembly, or JavaScript for pages whose content policy forbids it. */
export type EmbedTarget = 'wasm' | 'js'

/** How an embedded model is trained: what is fixed when the module is built. */
export interface EmbedTraining {
  /** The loss that is made small. */
  readonly loss: LossName | Loss
  /** Default: 'adam'. */
  readonly optimizer?: OptimizerName | Optimizer
  /** Rows of a training step. Default: 8. */
  readonly batch?: number
  /** Seed of dropout and of the order of rows. Default: 0. */
  readonly seed?: number
}

/** What decides the results and the functions of a module, however it is stored. */
export interface PlanOptions {
  /** Default: 'wasm'. */
  readonly target?: EmbedTarget
  /** Most rows of one prediction step; `predict` takes any number. Default: 1, which makes the smallest code. */
  readonly batch?: number
  /** Whether `predict` takes exactly `batch` rows only. Default: false. */
  readonly fixed?: boolean
  /** Sizes of the symbols in the model's inputs, except the batch, by name. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Adds `trainStep` and `fit` to the module. Default: none; the module predicts only. */
  readonly train?: EmbedTraining
}

const TRAIN: Domains<EmbedTraining> = {
  loss: checkedElsewhere,
  optimizer: domains.optimizer,
  batch: count,
  seed: wholeNumber,
}

const EMBED: Domains<PlanOptions> = {
  target: oneOf<EmbedTarget>({ wasm: 1, js: 1 }),
  batch: count,
  fixed: flag,
  sizes: domains.sizes,
  train: x => (typeof x === 'object' && x !== null ? undefined : ['an object', 'write { loss: … }']),
}

/** Refuses options of a module that are not in their domains. */
export const checkPlan = (options: PlanOptions): void => {
  checkOptions('embed', EMBED, options)
  checkOptions('embed: train', TRAIN, options.train)
}
