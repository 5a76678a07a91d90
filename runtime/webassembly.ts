/*
 * The part of the engine's WebAssembly interface that densor uses. TypeScript declares it in the `dom` library only,
 * which a program for Node does not have, so these few lines do.
 */

/** A linear memory; `buffer` is replaced by `grow`. */
export interface LinearMemory {
  /** Where threads share the memory it is a SharedArrayBuffer, which views use in the same way. */
  readonly buffer: ArrayBuffer
  /** Adds pages of 64 kB; throws where the engine refuses. */
  grow(pages: number): number
}

/** A compiled module. */
export type CompiledModule = Readonly<Record<never, never>>

interface Engine {
  readonly Memory: new (size: {
    readonly initial: number
    readonly maximum?: number
    readonly shared?: boolean
  }) => LinearMemory
  readonly validate: (code: Uint8Array<ArrayBuffer>) => boolean
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => CompiledModule
  readonly Instance: new (
    module: CompiledModule,
    imports: { readonly env: { readonly memory: LinearMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}

// the one typed edge to the engine's global
const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: Engine }

/** The engine's WebAssembly; `undefined` where it has none. */
export const webAssembly: Engine | undefined = engine
