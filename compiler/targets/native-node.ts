/** The native target where there is Node: files, a C compiler and foreign calls, loaded when they are first needed. */
import type { LoopModule } from '../loop/ir.js'
import type { Native } from './native-seam.js'

export const openNative: Native['openNative'] = async () => {
  const { compileNative, openToolchain, planMemory } = await import('./native.js')
  const toolchain = await openToolchain()
  return {
    unit: toolchain.machine.unit,
    emit: (module: LoopModule) => compileNative(toolchain, module),
    memory: planMemory(toolchain),
  }
}

export const loadNative: Native['loadNative'] = async (plan, arena) => {
  const executor = await import('../../runtime/native.js')
  return executor.loadNative(plan, arena)
}
