/** The native target where there is Node: files, a C compiler and foreign calls, loaded when they are first needed. */
import type { LoopModule } from '../loop/ir.js'
import type { Native } from './native-seam.js'

/** What the check came to, by what chooses a compiler and a folder. */
const checked = new Map<string, Promise<void>>()

export const checkNative: Native['checkNative'] = async () => {
  const { CC, PATH, DENSOR_CACHE } = process.env
  const choice = JSON.stringify([CC, PATH, DENSOR_CACHE])
  const known = checked.get(choice) ?? check()
  checked.set(choice, known)
  return known
}

const check = async (): Promise<void> => {
  const { buildSmallest, openToolchain } = await import('./native.js')
  const { runLibrary } = await import('../../runtime/native.js')
  runLibrary(await buildSmallest(await openToolchain()))
}

export const openNative: Native['openNative'] = async () => {
  const { compileNative, openToolchain, planMemory } = await import('./native.js')
  const toolchain = await openToolchain()
  return {
    unit: { ...toolchain.machine.unit, flushes: true },
    emit: (module: LoopModule) => compileNative(toolchain, module),
    memory: planMemory(toolchain),
  }
}

export const loadNative: Native['loadNative'] = async (plan, arena) => {
  const executor = await import('../../runtime/native.js')
  return executor.loadNative(plan, arena)
}
