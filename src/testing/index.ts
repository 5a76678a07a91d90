/**
 * `densor/testing`: arbitraries for fast-check, and the laws that densor itself is tested with. Needs fast-check,
 * which is a peer dependency.
 */
export { type BrokenModel, type BrokenOptions, brokenModel, type FaultName } from './broken.js'
export { mismatch, type Tolerance } from './closeness.js'
export type { GradientOptions } from './gradients.js'
export {
  checkGradients,
  checkModel,
  checkPasses,
  checkTargets,
  type GradientLawOptions,
  type LawOptions,
  type LawResult,
  type TargetLawOptions,
} from './laws.js'
export { checkLayer } from './layer.js'
export { type ModelOptions, type ModelSample, model } from './models.js'
export { arbitraryProgram, type ProgramOptions, type ProgramSample } from './programs.js'
export { type RelatedShapes, type ShapeOptions, type SignatureOptions, shape, shapesFor } from './shapes.js'
export type { Subject, SubjectOptions } from './subject.js'
export { type TensorOptions, tensor } from './tensors.js'
export type { SizeOptions } from './wishes.js'
