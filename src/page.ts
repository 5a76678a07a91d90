/**
 * What densor gives its users wherever they are: pages, workers, Node. Nothing that this reaches names Node; what needs
 * it is in `node.ts`, and `index.ts` is both.
 */
export * from '../dsl/index.js'
export { describeFault, Fault, type FaultDetails, type FaultKind } from '../runtime/fault.js'
export {
  oneHot,
  type RowsOf,
  type Samples,
  type Split,
  type SplitOptions,
  shuffle,
  split,
} from './data/rows.js'
export { type Normalized, normalize, type Scaled, type Standardized, standardize } from './data/scale.js'
export { asShape, asShapes, fromArrays, tensor } from './data/tensor.js'
export {
  type ArraysOf,
  argmax,
  batches,
  classesOf,
  describe,
  type Taken,
  take,
  toArrays,
} from './data/tools.js'
export {
  attempt,
  FaultError,
  type Runnable,
  run,
  type Unwrappable,
  unwrap,
  type ValueIn,
} from './errors.js'
export { decodeModel, encodeModel, type StoredModel, type StoreOptions } from './formats/model-codec.js'
export { decodeTraining, encodeTraining } from './formats/training-codec.js'
export { decodeWeights, encodeWeights, type Savable } from './formats/weights-codec.js'
export { type ArgumentsFor, type Compiled, type JitOptions, type Jitted, jit } from './functions.js'
export type { InPlace } from './in-place.js'
export type { ProgressOutput } from './platform/platform.js'
export type { Bound, Cause, KernelProfile, Profile } from './profile/measure.js'
export { renderProfile } from './profile/page.js'
export type { Peaks } from './profile/peaks.js'
export { type ProfileOptions, profile } from './profile/profile.js'
export { formatProfile } from './profile/table.js'
export { type Confusion, confusionOf, type Mistake, type Numbers, worstMistakes } from './report/classes.js'
export { type PicturedMistake, type Report, renderReport } from './report/page.js'
export {
  type CompiledSummary,
  formatSummary,
  type Summary,
  type SummaryRow,
  summaryFacts,
} from './summary.js'
export { attemptAsync, type Task } from './task.js'
export * as text from './text.js'
export { type BestEpoch, type BestOptions, onBest } from './train/best.js'
export { CallbackFault } from './train/callback-fault.js'
export {
  type Callback,
  type Control,
  type EarlyStoppingOptions,
  earlyStopping,
  learningRateSchedule,
  type MonitorMode,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
  type Snapshot,
} from './train/callbacks.js'
export { DivergedFault } from './train/diverged.js'
export { type EvaluateOptions, evaluate, predict } from './train/evaluate.js'
export { fit } from './train/fit.js'
export type { History, Logs } from './train/history.js'
export { type InitOptions, init } from './train/init.js'
export type { StopSignal } from './train/interrupt.js'
export type { FitOptions, MetricOptions, RunOptions, RunTarget } from './train/options.js'
export { type Predictor, type PredictorOptions, predictor } from './train/predictor.js'
export type { Verbosity } from './train/progress.js'
export type { TrainingState } from './train/resume.js'
export { type SummaryOptions, summary } from './train/summary.js'
export {
  type CompileOptions,
  compile,
  type StepsDone,
  type Trainer,
  trainStep,
  trainSteps,
} from './train/trainer.js'
