import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { if_ } from '../../compiler/loop/expr.js'
import type { LoopFunction, LoopModule, Stmt } from '../../compiler/loop/ir.js'
import { type COptions, exportedSymbol, printC } from '../../compiler/targets/c.js'
import { buildLibrary, openToolchain } from '../../compiler/targets/native.js'

/** A fresh folder, removed by `dispose`. */
export const temporaryFolder = (): { readonly path: string; readonly dispose: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'densor test '))
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) }
}

const renamed = (f: LoopFunction, name: (old: string) => string): LoopFunction => {
  const inside = (body: readonly Stmt[]): readonly Stmt[] =>
    body.map(s => {
      switch (s.kind) {
        case 'call':
          return { ...s, name: name(s.name) }
        case 'for':
          return { ...s, body: inside(s.body) }
        case 'if':
          return if_(s.cond, inside(s.then), inside(s.else))
        default:
          return s
      }
    })
  return { ...f, name: name(f.name), body: inside(f.body) }
}

/** One module of many, as a compiler takes longer to start than to compile a small one: `step` becomes `step0`, … */
export const together = (modules: readonly LoopModule[]): LoopModule => ({
  functions: modules.flatMap((m, i) => m.functions.map(f => renamed(f, name => `${name}${i}`))),
})

/** Calls an exported function without parameters on some memory. */
export type Call = (name: string, memory: ArrayBuffer) => void

/** Compiles C, with more flags at the end, and opens the library. */
export const openC = async (source: string, folder: string, flags: readonly string[] = []): Promise<Call> => {
  const { compiler, machine } = await openToolchain()
  const toolchain = { compiler, machine: { ...machine, flags: [...machine.flags, ...flags] }, folder }
  const library = koffi.load(await buildLibrary(toolchain, source))
  return (name, memory) => {
    library.func(exportedSymbol(name), 'void', ['void *'])(koffi.address(memory))
  }
}

/** As `openC`, from a module. */
export const openModule = (module: LoopModule, folder: string, options?: COptions): Promise<Call> =>
  openC(printC(module, options), folder)
