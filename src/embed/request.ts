/** What passes between the builder and the process that runs the user's module. */
import type { FaultKind } from '../../runtime/fault.js'
import type { EmitForm } from './emit.js'
import type { PlanOptions } from './options.js'
import type { StorageOptions } from './storage.js'

/** What is to be built. All of it is plain data. */
export interface BuildRequest {
  /** The user's module. */
  readonly file: string
  /** Only the export of this name. */
  readonly only?: string
  /** `modules`: one for each model; `models`: one for all, as a bundler's plugin wants it. */
  readonly form: EmitForm
  /** `js`, modules with types, unless given; `c` is one C99 file a model, with a header and a test program. */
  readonly language?: 'js' | 'c'
  /** For exports that are plain models; what `embed` was called with stands above it. */
  readonly plan: Omit<PlanOptions, 'train'> & { readonly train?: TrainRequest }
  readonly storage: StorageOptions
  /** A safetensors file, for a plain model. */
  readonly weights?: string
  /** A safetensors file with `x` and `y`: what was lost by storing weights as f16 or int8 is measured on it. */
  readonly validation?: string
  /** Exports that `embed` made only; plain models beside them are left alone. */
  readonly embeddedOnly?: boolean
}

/** A request, and the file that the process writes the bundled module to; the builder removes it. */
export interface BuildErrand {
  readonly request: BuildRequest
  readonly temporary: string
}

/** Training by names, as a command line gives it. */
export interface TrainRequest {
  readonly loss: string
  readonly optimizer: string
  readonly batch: number
}

/** A file that was made. */
export interface BuiltFile {
  readonly name: string
  readonly content: string | Uint8Array
}

/** What was made of one model, for people. */
export interface BuiltModel {
  readonly name: string
  readonly signature: string
  readonly notes: readonly string[]
}

/** What a build gives. */
export interface BuildResult {
  readonly files: readonly BuiltFile[]
  readonly models: readonly BuiltModel[]
  /** Every file that it was made of. */
  readonly inputs: readonly string[]
}

/** A fault, as it passes between processes. */
export interface PlainFault {
  readonly kind: FaultKind
  readonly code: string
  readonly message: string
  readonly notes: readonly string[]
  readonly suggestion: string | undefined
  /** Files that were read before it arose; a change of one is a reason to try again. */
  readonly inputs: readonly string[]
  /** `file:line:column` of the call of `embed` that it arose in. */
  readonly place: string | undefined
}

/** The answer of the process. */
export type BuildAnswer = { readonly densor: 'built' } & (
  | { readonly result: BuildResult }
  | { readonly fault: PlainFault }
)

/** Tells the builder's answer from what the user's module may send by itself. */
export const isBuildAnswer = (message: unknown): message is BuildAnswer =>
  typeof message === 'object' && message !== null && 'densor' in message && message.densor === 'built'
