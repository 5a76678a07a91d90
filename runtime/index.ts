/** What `densor/runtime` offers: enough to run a compiled plan, and nothing that compiles one. */
export { Arena } from './arena.js'
export { allocate, bytesOf, type DType, sizeOf, type TypedArray, viewOf } from './dtype.js'
export { type Executable, load } from './executable.js'
export type { Executor } from './executor.js'
export {
  bug,
  describeFault,
  Fault,
  type FaultDetails,
  type FaultKind,
  limitation,
  userFault,
} from './fault.js'
export { instantiateJs } from './js.js'
export type { KernelReport, MemoryReport, Plan, PlanPort, Stream } from './plan.js'
export { foldIn, type Key, keyOf, permutation, threefry2x32 } from './random.js'
export { instantiateWasm } from './wasm.js'
export type { LinearMemory } from './webassembly.js'
