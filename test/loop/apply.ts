import { add, i32, load, loop, ref, reg, shl, store } from '../../compiler/loop/expr.js'
import type { Expr, LoopModule } from '../../compiler/loop/ir.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import { instantiateWasm } from '../../runtime/wasm.js'

/**
 * The module whose `step` maps `f` over `count` f32 elements (a multiple of 4) of arrays that lie at
 * `addresses`.
 */
export const mapModule = (
  f: (xs: readonly Expr[]) => Expr,
  lanes: 1 | 4,
  count: number,
  addresses: readonly number[],
  output: number,
): LoopModule => {
  const at = shl(ref('i'), 2)
  const xs = addresses.map(a => load(reg('f32', lanes), add(at, i32(a))))
  return {
    functions: [
      {
        name: 'step',
        params: [],
        returns: false,
        exported: true,
        body: [loop(lanes === 4 ? 'vector' : 'serial', 'i', 0, count, lanes, [store(at, f(xs), output)])],
      },
    ],
  }
}

/** `f` over equally long arrays (a multiple of 4), by assembled WebAssembly. */
export const applyWasm = async (
  f: (xs: readonly Expr[]) => Expr,
  lanes: 1 | 4,
  inputs: readonly Float32Array[],
): Promise<Float32Array> => {
  const arena = new Arena()
  const count = inputs[0]?.length ?? 0
  const addresses = inputs.map(x => arena.reserve(x.byteLength))
  const output = arena.reserve(count * 4)
  inputs.forEach((x, i) => {
    new Float32Array(arena.buffer, addresses[i], count).set(x)
  })
  instantiateWasm(assemble(printWat(mapModule(f, lanes, count, addresses, output))), arena).step()
  return new Float32Array(arena.buffer, output, count).slice()
}
