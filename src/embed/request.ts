/** What passes between the builder and the process that runs the user's module. */
import type { FaultKind } from '../../runtime/fault.js'
import type { EmitForm } from './emit.js'
import type { PlanOptions } from './options.js'
import type { StorageOptions } from './storage.js'

/** What is to be built. All of it is plain data. */
export interface BuildRequest {
  /** The user's module. */
  readonly file: string
  /** The name of the only export to build. Default: all exports. */
  readonly only?: string
  /** `modules`: one file for each model. `models`: one file for all, as a bundler's plugin needs it. */
  readonly form: EmitForm
  /** `js`: modules with types. `c`: for each model a C99 file, a header and a test program. Default: 'js'. */
  readonly language?: 'js' | 'c'
  /** Options for exports that are plain models; those of `embed` take precedence. */
  readonly plan: Omit<PlanOptions, 'train'> & { readonly train?: TrainRequest }
  readonly storage: StorageOptions
  /** A safetensors file, for a plain model. */
  readonly weights?: string
  /** A safetensors file with `x` and `y`, to measure the loss of accuracy of weights in f16 or int8. */
  readonly validation?: string
  /** Whether to build only what `embed` made and to leave plain models alone. */
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
