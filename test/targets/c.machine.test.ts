import { arch } from 'node:os'
import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { LoopModule } from '../../compiler/loop/ir.js'
import { printC } from '../../compiler/targets/c.js'
import { inputs, pageBytes, programOf, readOutputs, writeInputs } from '../loop/programs.js'
import { type Call, openC, openModule, temporaryFolder, together } from './c-run.js'
import { everyOperation, writeSpecimens } from './every-operation.js'

type Values = readonly (readonly number[])[]
type Case = readonly [LoopModule, Values]

const folder = temporaryFolder()
afterAll(folder.dispose)

const byInterpreter = ([module, values]: Case): readonly number[] => {
  const memory = new ArrayBuffer(pageBytes)
  writeInputs(memory, values)
  interpret(module, memory, 'step')
  return readOutputs(memory)
}

const byC = (call: Call, index: number, values: Values): readonly number[] => {
  const memory = new ArrayBuffer(pageBytes)
  writeInputs(memory, values)
  call(`step${index}`, memory)
  return readOutputs(memory)
}

const anyProgram = fc.constantFrom(4 as const, 8 as const, 16 as const).chain(programOf)

const cases = (count: number): fc.Arbitrary<readonly Case[]> =>
  fc.array(fc.tuple(anyProgram, inputs), { minLength: count, maxLength: count })

// a batch is one run of the compiler; shrinking would be many
test.prop([cases(25)], { numRuns: 2, endOnFailure: true })(
  'C does what the interpreter does, to the bit, on random programs',
  async batch => {
    const call = await openModule(together(batch.map(([module]) => module)), folder.path)
    batch.forEach((one, i) => {
      expect(byC(call, i, one[1]), printC(one[0])).toEqual(byInterpreter(one))
    })
  },
)

const specimens = (bytes: number): ArrayBuffer => {
  const memory = new ArrayBuffer(bytes)
  writeSpecimens(memory)
  return memory
}

/** Each result that differs; a NaN is a NaN, whatever its bits, where both are float. */
const differences = (a: ArrayBuffer, b: ArrayBuffer): readonly number[] => {
  const [x, y] = [new Uint32Array(a), new Uint32Array(b)]
  const isNotANumber = (bits: number): boolean =>
    (bits & 0x7fffffff) > 0x7f800000 || (bits & 0x7ff80000) === 0x7ff80000
  return Array.from(x.keys()).filter(
    i => x[i] !== y[i] && !(isNotANumber(x[i] ?? 0) && isNotANumber(y[i] ?? 0)),
  )
}

describe('every operation on values that matter', () => {
  test.each([1, 4, 8, 16] as const)('in %i lanes', async lanes => {
    const { module, bytes } = everyOperation(lanes)
    const [mine, right] = [specimens(bytes), specimens(bytes)]
    interpret(module, right, 'step')
    const call = await openModule(module, folder.path)
    call('step', mine)
    expect(differences(mine, right)).toEqual([])
  })
})

// x86 has its instructions named; what other processors get must be right as well
const plainFlags = arch() === 'x64' ? ['-march=x86-64'] : []

describe('every operation, by portable C', () => {
  test.each([4, 8, 16] as const)('in %i lanes', async lanes => {
    const { module, bytes } = everyOperation(lanes)
    const [mine, right] = [specimens(bytes), specimens(bytes)]
    interpret(module, right, 'step')
    const call = await openC(printC(module), folder.path, ['-O1', ...plainFlags])
    call('step', mine)
    expect(differences(mine, right)).toEqual([])
  })
})

describe('a planted fault is seen', () => {
  const all = ([1, 8] as const).map(everyOperation)
  const sources = all.map(({ module }) => printC(module))
  let right: readonly ArrayBuffer[] = []

  beforeAll(() => {
    right = all.map(({ module, bytes }) => {
      const memory = specimens(bytes)
      interpret(module, memory, 'step')
      return memory
    })
  })

  test.each<readonly [what: string, text: RegExp, wrong: string]>([
    ['signed for unsigned', /typedef u32 u32x8/, 'typedef i32 u32x8'],
    ['the lesser for the greater', /x > y \? x : y > x/g, 'x < y ? x : y < x'],
    ['zeros without their sign', /x == y \? bits_f32_u32\(.*?\) : x \+ y/g, 'x + y'],
    ['a zero whose sign is kept', /x <= 0/g, 'x < 0'],
    ['a NaN that is lost', /x < y \? y : x/g, 'x > y ? x : y'],
    ['truncation for rounding', /__builtin_rintf/g, '__builtin_truncf'],
    ['the wrong instruction', /roundps256\(x, 8\)/g, 'roundps256(x, 11)'],
    ['no saturation', /return x >= 2147483648\.0f \? 2147483647 : /g, 'return '],
    ['NaN that is not 0', /\(x > -1\.0f\) & /g, ''],
    ['x rem 0 that is 0', /return y == 0 \? x : /g, 'return y == 0 ? 0 : '],
    ['the wrong lane', /\[6\]/g, '[5]'],
    ['a mask for its inverse', /~\(x/g, '(x'],
    ['a mask for a number', /= -\(/g, '= ('],
    ['shifts beyond the width', / & 31\)/g, ' & 15)'],
    ['the neighbour', /AT\(f64, ([^;]*), 512\)/g, 'AT(f64, $1, 520)'],
  ])('%s', async (_, text, wrong) => {
    const changed = sources.map(s => s.replace(text, wrong))
    expect(changed).not.toEqual(sources)
    const found = await Promise.all(
      all.map(async ({ bytes }, i) => {
        const mine = specimens(bytes)
        const call = await openC(changed[i] ?? '', folder.path, ['-O1'])
        call('step', mine)
        return right[i] !== undefined && differences(mine, right[i]).length > 0
      }),
    )
    expect(found).toContain(true)
  })
})

test.each(['i32', 'u32', 'bool'] as const)('vectors of %s alone compile', async elem => {
  const type = e.reg(elem, 8)
  const cond = e.load(e.reg('bool', 8), 0)
  const value = e.select(cond, e.load(type, 0, 64), e.load(type, 0, 128))
  const step = { name: 'step', params: [], returns: false, exported: true, body: [e.store(0, value, 192)] }
  expect(await openModule({ functions: [step] }, folder.path)).toBeTypeOf('function')
})
