import { writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '../../runtime/plan.js'
import { print } from '../ir/print.js'
import type { Program } from '../ir/program.js'
import type { LoopModule } from '../loop/ir.js'
import type { VectorUnit } from '../loop/vectors.js'
import { printC } from './c.js'
import { addCached, cacheKey, findCached, openCache, readCached } from './c-cache.js'
import { findBytes, findPlan, keepPlan, questionKey } from './c-plans.js'
import {
  type Compiler,
  compileLibrary,
  compilerFlags,
  describeMachine,
  findCompiler,
  type Machine,
  noCompiler,
} from './cc.js'

/*
 * The native target: the printed C, compiled by the user's compiler, kept in the user's cache.
 */

/** Changes when the meaning of what is cached does. */
const format = '3'

const libraryExtension = platform() === 'win32' ? '.dll' : platform() === 'darwin' ? '.dylib' : '.so'

/** A compiler, its machine and the cache, ready to compile. */
export interface Toolchain {
  readonly compiler: Compiler
  readonly machine: Machine
  readonly folder: string
}

const isUnit = (value: unknown): value is VectorUnit =>
  typeof value === 'object' &&
  value !== null &&
  'lanes' in value &&
  (value.lanes === 4 || value.lanes === 8 || value.lanes === 16) &&
  'tileRows' in value &&
  typeof value.tileRows === 'number' &&
  'tileVectors' in value &&
  typeof value.tileVectors === 'number'

const isMachine = (value: unknown): value is Machine =>
  typeof value === 'object' &&
  value !== null &&
  'flags' in value &&
  Array.isArray(value.flags) &&
  value.flags.every(f => typeof f === 'string') &&
  'unit' in value &&
  isUnit(value.unit) &&
  'version' in value &&
  typeof value.version === 'string'

/** What the compiler says of the machine: asked once, then read from the cache. */
const machineOf = async (compiler: Compiler, folder: string): Promise<Machine> => {
  const key = cacheKey(format, 'machine', compiler.identity)
  const known = readCached(folder, key, '.machine')
  if (known !== undefined) {
    const machine: unknown = JSON.parse(known)
    if (isMachine(machine)) return machine
  }
  const machine = await describeMachine(compiler)
  await addCached(folder, key, '.machine', async workshop => {
    const path = join(workshop, 'machine')
    await writeFile(path, JSON.stringify(machine), { mode: 0o600 })
    return path
  })
  return machine
}

/** Compilers that this process has found and asked, by the settings that choose one. */
const opened = new Map<string, Omit<Toolchain, 'folder'>>()

/** The toolchain of this machine; a limitation (`no-compiler`) where no compiler is found. */
export const openToolchain = async (): Promise<Toolchain> => {
  const folder = await openCache()
  const choice = JSON.stringify([process.env.CC, process.env.PATH, folder])
  const known = opened.get(choice)
  if (known !== undefined) return { ...known, folder }
  const compiler = await findCompiler()
  if (compiler === undefined) throw noCompiler()
  const found = { compiler, machine: await machineOf(compiler, folder) }
  opened.set(choice, found)
  return { ...found, folder }
}

/** A library whose `densor_step` does nothing: its path. */
export const buildSmallest = (toolchain: Toolchain): Promise<string> =>
  buildLibrary(
    toolchain,
    '__attribute__((visibility("default"))) void densor_step(void *m) {}\n',
    '.smallest',
  )

/** The shared library of some C, compiled now or found in the cache: its path. */
export const buildLibrary = async (
  { compiler, machine, folder }: Toolchain,
  source: string,
  extension = libraryExtension,
): Promise<string> => {
  const flags = compilerFlags(machine)
  const key = cacheKey(format, compiler.identity, machine.version, ...flags, source)
  const cached = findCached(folder, key, extension)
  if (cached !== undefined) return cached
  return addCached(folder, key, extension, async workshop => {
    const [text, library] = [join(workshop, 'densor.c'), join(workshop, `densor${extension}`)]
    await writeFile(text, source, { mode: 0o600 })
    await compileLibrary(compiler, flags, text, library)
    return library
  })
}

/** The library of a module, multiply-adds fused where the machine can: the path that a native plan holds. */
export const compileNative = (toolchain: Toolchain, module: LoopModule): Promise<string> =>
  buildLibrary(toolchain, printC(module, { fused: true, flushes: true }))

/** The plans of earlier runs, by this toolchain. */
export const planMemory = ({ compiler, machine, folder }: Toolchain) => {
  const key = (question: string): string =>
    questionKey(format, compiler.identity, machine.version, JSON.stringify(machine.unit), question)
  return {
    question: (program: Program, asked: readonly unknown[]): string =>
      JSON.stringify([asked, program.name, print(program)]),
    bytes: (question: string): number | undefined => findBytes(folder, key(question)),
    find: (question: string, base: number): Plan | undefined => findPlan(folder, key(question), base),
    keep: (question: string, plan: Plan): Promise<void> => keepPlan(folder, key(question), plan),
  }
}
