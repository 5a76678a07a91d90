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

/** How a module holds its code: WebAssembly, or plain JavaScript for pages whose policy forbids even that. */
export type EmbedTarget = 'wasm' | 'js'

/** Training on the device: what is fixed when the module is built. */
export interface EmbedTraining {
  readonly loss: LossName | Loss
  /** `adam` unless given. */
  readonly optimizer?: OptimizerName | Optimizer
  /** Rows of a step; 8 unless given. */
  readonly batch?: number
  /** Decides dropout and the order of rows; 0 unless given. */
  readonly seed?: number
}

/** What decides the numbers and the functions of a module, however it is stored. */
export interface PlanOptions {
  /** `wasm` unless given. */
  readonly target?: EmbedTarget
  /** Most rows of one step of prediction; 1, the smallest code, unless given. Any number of rows is taken. */
  readonly batch?: number
  /** Only exactly `batch` rows are taken. */
  readonly fixed?: boolean
  /** Sizes of the symbols in the model's inputs, the batch's aside. */
  readonly sizes?: Readonly<Record<string, number>>
  /** With it, the module has `trainStep` and `fit` too. */
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
