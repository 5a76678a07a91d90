import * as modules from 'node:module'
import type * as Koffi from 'koffi'
import type { Arena } from './arena.js'
import { type Executable, type Instantiate, load } from './executable.js'
import { nothing } from './executor.js'
import { bug, limitation } from './fault.js'
import type { Plan } from './plan.js'

/*
 * The executor of the native target, an entry of its own: the one file of this folder that needs Node and koffi.
 */

let loaded: typeof Koffi | undefined

/** koffi, loaded when it is first needed (about 7 ms); a limitation where it is not installed. */
const loadKoffi = (): typeof Koffi => {
  if (loaded !== undefined) return loaded
  try {
    // Bundlers for servers would follow a plain `require` to koffi's binary, and fail: whoever has koffi has it in node_modules.
    const createRequire: typeof modules.createRequire = Reflect.get(modules, 'createRequire')
    // the one typed edge: `require` knows no types
    loaded = createRequire(import.meta.url)('koffi') as typeof Koffi
    return loaded
  } catch (error) {
    throw limitation('no-koffi', 'The native target needs the package koffi, which does not load here.', {
      notes: [error instanceof Error ? error.message : String(error)],
      suggestion: 'Install it (npm install koffi), or compile for the wasm target.',
    })
  }
}

/** The address of the arena's bytes, read again when the arena has grown. */
const addressOf = (koffi: typeof Koffi, arena: Arena): (() => bigint) => {
  let buffer: ArrayBuffer | undefined
  let address = 0n
  return () => {
    if (arena.buffer !== buffer) {
      buffer = arena.buffer
      address = koffi.address(buffer)
    }
    return address
  }
}

const open = (koffi: typeof Koffi, path: string): Koffi.LibraryHandle => {
  try {
    return koffi.load(path)
  } catch (error) {
    throw limitation('library-not-loaded', 'The system does not load the library that was compiled.', {
      notes: [path, error instanceof Error ? error.message : String(error)],
      suggestion:
        'name a folder in DENSOR_CACHE whose files may be executed and whose disk has room, or compile for the wasm target',
    })
  }
}

/** A function of the library on a memory; `undefined` where it has none of that name. */
const find = (
  library: Koffi.LibraryHandle,
  symbol: string,
): ReturnType<Koffi.LibraryHandle['func']> | undefined => {
  try {
    return library.func(symbol, 'void', ['void *'])
  } catch {
    return undefined
  }
}

/** Loads a library and calls its `densor_step`. Throws a limitation where koffi or the library does not load. */
export const runLibrary = (path: string): void => {
  const koffi = loadKoffi()
  open(koffi, path).func('densor_step', 'void', ['void *'])(null)
}

/** What the entry points of a plan of several threads return; below zero where the system gave no thread. */
const ended = (steps: unknown): number => {
  const count = Number(steps)
  if (count < 0)
    throw limitation('no-threads', 'The system starts no more threads for this process.', {
      suggestion: 'Compile with fewer threads.',
    })
  return count
}

/** Opens a plan's library, a file of this machine, and binds it to the arena's memory. */
const instantiateNative: Instantiate = ({ name, target, code, streams, threads }, arena) => {
  if (target !== 'native' || typeof code !== 'string') throw bug(`plan ${name} is not native`)
  const koffi = loadKoffi()
  const library = open(koffi, code)
  const memory = addressOf(koffi, arena)
  // a library of several threads has entry points that all of them take part in
  const isTeam = threads.count > 1
  const stepAt = library.func(isTeam ? 'team__step' : 'densor_step', isTeam ? 'int32_t' : 'void', ['void *'])
  const step = (): void => {
    const steps = stepAt(memory())
    if (isTeam) ended(steps)
  }
  const part = (kernel: string): (() => void) | undefined => {
    const at = find(library, `densor_${kernel}`)
    return at && (() => void at(memory()))
  }
  const prepare = part('prepare') ?? nothing
  if (streams.length === 0) return { prepare, step, part }
  const numbers = ['count', 'order', ...streams].map(() => 'uint32_t')
  const runAt = library.func(isTeam ? 'team__run' : 'densor_run', 'int32_t', ['void *', ...numbers])
  return {
    prepare,
    step,
    part,
    run: (count, order, ...datasets) => ended(runAt(memory(), count, order, ...datasets)),
  }
}

/** `load` for every target, `native` among them: for Node. */
export const loadNative = (plan: Plan, arena: Arena): Executable => load(plan, arena, instantiateNative)
