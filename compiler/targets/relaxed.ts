import { webAssembly } from '../../runtime/webassembly.js'
import { assemble } from './assemble.js'

/** The least module with a relaxed multiply-add. */
const probe = `(module
  (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0))))`

let known: boolean | undefined

/** Whether this engine takes relaxed SIMD: a multiply-add of vectors is then one instruction with one rounding. */
export const acceptsRelaxed = (): boolean => {
  known ??= webAssembly?.validate(assemble(probe)) ?? false
  return known
}
