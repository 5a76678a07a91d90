import { expect, test } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { loadAssembler } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import { instantiateWasm } from '../../runtime/wasm.js'

const f32x4 = e.reg('f32', 4)
const i = e.ref('i')
const x = e.load(f32x4, e.mul(i, 4), 1024)
const y = e.max(e.mulAdd(x, 2, 1), 0)
const module: LoopModule = {
  functions: [
    {
      name: 'step',
      params: [],
      returns: false,
      exported: true,
      body: [
        e.comment('relu(2 x + 1), squared'),
        e.loop('vector', 'i', 0, 8, 4, [e.store(e.mul(i, 4), e.mul(y, y), 2048)]),
        e.loop('serial', 'i', 0, e.load(e.reg('i32'), 512), 1, [
          e.if_(e.gt(i, 2), [e.store(e.mul(e.add(i, 3), 4), e.f32(0.1), 2048)]),
        ]),
      ],
    },
  ],
}

test('a loop over vectors runs', async () => {
  const assemble = await loadAssembler()
  const text = printWat(module)
  const arena = new Arena()
  new Float32Array(arena.buffer, 1024, 8).set([-2, -1, -0.5, 0, 1, 2, 3, Number.NaN])
  instantiateWasm(assemble(text), arena).step()
  expect([...new Float32Array(arena.buffer, 2048, 8)]).toEqual([0, 0, 0, 1, 9, 25, 49, Number.NaN])
})
