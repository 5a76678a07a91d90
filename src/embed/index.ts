/** `densor/embed`: models as functions on plain numbers, which densor's plugins compile when the bundle is made. */
export {
  type Embedded,
  type EmbeddedMulti,
  type EmbeddedTrainer,
  type EmbedFn,
  type EmbedInput,
  type EmbedOptions,
  type EmbedTrainOptions,
  embed,
  type Rows,
} from './embed.js'
export type { EmbedTarget, EmbedTraining, PlanOptions } from './options.js'
