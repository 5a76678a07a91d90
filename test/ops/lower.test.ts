import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Prim, PrimParams, TensorType } from '../../compiler/ir/program.js'
import { load, mul, ref, reg, store, sub } from '../../compiler/loop/expr.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { Elem, Expr } from '../../compiler/loop/ir.js'
import type { Lowering, TensorValue, View } from '../../compiler/ops/row.js'
import { prims, rowOf } from '../../compiler/ops/table.js'
import { gathered, stridesOf, wholeOf, zeros } from '../../compiler/ops/tensor.js'
import { type DType, sizeOf, viewOf } from '../../runtime/dtype.js'
import { Fault } from '../../runtime/fault.js'
import { difference } from '../../src/testing/closeness.js'
import { diceOf } from '../../src/testing/dice.js'
import { sampleOf } from '../../src/testing/programs.js'

type Emit = (xs: readonly Expr[]) => Expr

/** What `emit` computes, over whole arrays, by the interpreter of the loop IR; arrays have a multiple of 4 elements. */
const interpreted = (
  emit: Emit,
  operands: readonly TensorValue[],
  type: TensorType,
  lanes: 1 | 4,
): TensorValue => {
  const size = sizeOf(type.shape)
  const memory = new ArrayBuffer(64 * (operands.length + 1) * size)
  const at = (k: number): number => 64 * k * size
  operands.forEach(({ type: own, data }, k) => {
    viewOf(own.dtype, memory, at(k), data.length).set(data)
  })
  const wordOf = (dtype: Elem): number => (dtype === 'f64' ? 8 : 4)
  for (let i = 0; i < size; i += lanes) {
    const xs = operands.map((x, k) => load(reg(x.type.dtype, lanes), at(k) + i * wordOf(x.type.dtype)))
    const value = emit(xs)
    expect(value.type).toEqual(reg(type.dtype, lanes))
    const body = [store(at(operands.length) + i * wordOf(type.dtype), value)]
    const f = { name: 'f', params: [], returns: false, exported: true, body }
    interpret({ functions: [f] }, memory, 'f')
  }
  return { type, data: viewOf(type.dtype, memory, at(operands.length), size) }
}

const paramsOf: { readonly [P in 'compare' | 'convert']: readonly PrimParams[P][] } = {
  compare: (['EQ', 'NE', 'GE', 'GT', 'LE', 'LT'] as const).map(direction => ({ direction })),
  convert: (['f32', 'i32', 'u32', 'bool', 'f64'] as const).map(dtype => ({ dtype })),
}

interface Case {
  readonly name: string
  readonly types: readonly TensorType[]
  readonly result: TensorType
  readonly emit: Emit | undefined
  readonly run: (operands: readonly TensorValue[]) => TensorValue
}

const caseOf = <P extends Prim>(
  prim: P,
  params: PrimParams[P],
  dtypes: readonly DType[],
): Case | undefined => {
  const row = rowOf(prim)
  const lowering: Lowering<P> = row.lower
  if (lowering.kind !== 'pointwise') return undefined
  const types = dtypes.map(dtype => ({ shape: [64], dtype }))
  try {
    const result = row.type(types, params)
    return {
      name: `${prim} ${JSON.stringify(params)} of ${dtypes.join(', ')}`,
      types,
      result,
      emit: xs => lowering.emit(xs, params, reg(result.dtype, xs[0]?.type.lanes ?? 1)),
      run: operands => row.evaluate(operands, params, result, evaluate),
    }
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

const DTYPES: readonly DType[] = ['f32', 'i32', 'u32', 'bool', 'f64']

const operandsOf = (prim: Prim, dtype: DType): DType[] => {
  const { arity } = rowOf(prim)
  if (prim === 'select') return ['bool', dtype, dtype]
  return Array.from({ length: arity === 'any' ? 0 : arity }, () => dtype)
}

const casesOf = (prim: Prim): Case[] =>
  DTYPES.flatMap(dtype => {
    const dtypes = operandsOf(prim, dtype)
    if (prim === 'compare') return paramsOf.compare.flatMap(p => caseOf(prim, p, dtypes) ?? [])
    if (prim === 'convert') return paramsOf.convert.flatMap(p => caseOf(prim, p, dtypes) ?? [])
    return rowOf(prim).lower.kind === 'pointwise' ? (plainCase(prim, dtypes) ?? []) : []
  })

const plainCase = (prim: Prim, dtypes: readonly DType[]): Case | undefined => caseOf<Prim>(prim, {}, dtypes)

/** The elementary functions of the loop IR are those of f32; f64 is lowered only where an operation suffices. */
const lowers = ({ types, result }: Case, lanes: 1 | 4): boolean =>
  ![...types, result].some(({ dtype }) => dtype === 'f64') || lanes === 1

describe('what a pointwise row lowers to is what it evaluates to', () => {
  const cases = prims.flatMap(casesOf)

  test('most rows are pointwise', () => {
    expect(cases.length).toBeGreaterThan(100)
  })

  describe.each(cases.map(c => [c.name, c] as const))('%s', (_, c) => {
    test.prop([fc.nat(), fc.constantFrom<1 | 4>(1, 4)], { numRuns: 20 })(
      'bit for bit or within 4 ulp',
      (seed, lanes) => {
        if (!lowers(c, lanes) || c.emit === undefined) return
        const wide = c.types.some(({ dtype }) => dtype === 'f64')
        // of f64 the remainder is exact for moderate quotients only
        const wild = !(wide && c.name.startsWith('remainder'))
        const operands = c.types.map((type, i) => sampleOf(type, seed + i, wild))
        let actual: TensorValue
        try {
          actual = interpreted(c.emit, operands, c.result, lanes)
        } catch (error) {
          if (wide && error instanceof Fault && error.message.includes('is a function of f32')) return
          throw error
        }
        expect(
          difference(actual, c.run(operands), { relative: 4 * 2 ** -24, absolute: 2 ** -148 }),
        ).toBeUndefined()
      },
    )
  })
})

test('control: a row that lowers to another function than it evaluates to is caught', () => {
  const type: TensorType = { shape: [64], dtype: 'f32' }
  const operands = [sampleOf(type, 1), sampleOf(type, 2)]
  const right = rowOf('subtract').evaluate(operands, {}, type, evaluate)
  const swapped: Emit = ([x, y]) => sub(y ?? 0, x ?? 0)
  const rounded: Emit = ([x, y]) => mul(sub(x ?? 0, y ?? 0), 1 + 2 ** -20)
  const tolerance = { relative: 4 * 2 ** -24 }
  expect(
    difference(
      interpreted(([x, y]) => sub(x ?? 0, y ?? 0), operands, type, 4),
      right,
      tolerance,
    ),
  ).toBeUndefined()
  expect(difference(interpreted(swapped, operands, type, 4), right, tolerance)).toBeDefined()
  expect(difference(interpreted(rounded, operands, type, 4), right, tolerance)).toBeDefined()
})

describe('views', () => {
  /** A window on 64 elements: some dimensions, moved, turned round, with gaps. */
  const windows = fc
    .record({
      shape: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
      numbers: fc.array(fc.nat(1000)),
    })
    .map(({ shape, numbers }): View => {
      const dice = diceOf(numbers)
      const stretched = shape.map(n => n + dice.below(2))
      const order = dice.shuffle(shape.map((_, d) => d))
      const source = stridesOf(order.map(d => stretched[d] ?? 1))
      const dense = shape.map((_, d) => source[order.indexOf(d)] ?? 1)
      const turned = shape.map(() => dice.below(4) === 1)
      return {
        shape,
        strides: dense.map((s, d) => (turned[d] ? -s : s)),
        offset: dense.reduce((sum, s, d) => sum + (turned[d] ? s * ((shape[d] ?? 1) - 1) : 0), 0),
      }
    })

  const source: TensorValue = sampleOf({ shape: [64], dtype: 'f32' }, 3)

  const agrees = <P extends Prim>(prim: P, of: View, params: PrimParams[P]): string | undefined => {
    const row = rowOf(prim)
    const lowering: Lowering<P> = row.lower
    if (lowering.kind !== 'view') return `${prim} is not a view`
    const x = gathered(source, of, { shape: of.shape, dtype: 'f32' })
    const type = row.type([x.type], params)
    const view = lowering.view(of, params)
    if (view === undefined) return prim === 'reshape' ? undefined : 'no view'
    return difference(gathered(source, view, type), row.evaluate([x], params, type, evaluate))
  }

  test.prop([windows, fc.array(fc.nat(1000))])(
    'each says of a window what it does to its elements',
    (of, numbers) => {
      const dice = diceOf(numbers)
      const dimensions = of.shape.map((_, d) => d)
      const size = sizeOf(of.shape)
      expect(agrees('transpose', of, { permutation: dice.shuffle(dimensions) })).toBeUndefined()
      expect(agrees('reverse', of, { dimensions: dice.subset(dimensions) })).toBeUndefined()
      expect(
        agrees('broadcast_in_dim', of, { shape: [2, ...of.shape], dimensions: dimensions.map(d => d + 1) }),
      ).toBeUndefined()
      const start = of.shape.map(n => dice.below(n))
      expect(
        agrees('slice', of, { start, limit: of.shape, strides: of.shape.map(() => 1 + dice.below(2)) }),
      ).toBeUndefined()
      const divisor = [1, 2, 3].filter(n => size % n === 0).at(dice.below(3)) ?? 1
      expect(agrees('reshape', of, { shape: [divisor, 1, size / divisor] })).toBeUndefined()
      expect(agrees('reshape', of, { shape: of.shape.toReversed() })).toBeUndefined()
    },
  )

  test('reshape keeps a view where strides can say it, and only there', () => {
    const { lower } = rowOf('reshape')
    if (lower.kind !== 'view') throw new Error('reshape is a view')
    const whole = wholeOf([4, 6])
    const columns = { shape: [6, 4], strides: [1, 6], offset: 0 }
    expect(lower.view(whole, { shape: [24] })).toEqual({ shape: [24], strides: [1], offset: 0 })
    expect(lower.view(whole, { shape: [2, 2, 1, 3, 2] })?.strides).toEqual([12, 6, 6, 2, 1])
    expect(lower.view(columns, { shape: [24] })).toBeUndefined()
    expect(lower.view(columns, { shape: [2, 3, 4] })?.strides).toEqual([3, 1, 6])
    const repeated = { shape: [5, 1], strides: [0, 0], offset: 7 }
    expect(lower.view(repeated, { shape: [5] })).toEqual({ shape: [5], strides: [0], offset: 7 })
  })

  test('control: a view that forgets its offset is caught', () => {
    const of: View = { shape: [2], strides: [1], offset: 3 }
    const x = gathered(source, of, { shape: [2], dtype: 'f32' })
    expect(difference(gathered(source, { ...of, offset: 0 }, x.type), x)).toBeDefined()
  })
})

describe('reductions and generators', () => {
  const reducers = ['add', 'multiply', 'maximum', 'minimum'] as const

  test.prop([fc.nat(), fc.constantFrom(...reducers), fc.constantFrom<DType>('f32', 'i32', 'u32')])(
    'a reduction is its identity and its step',
    (seed, reducer, dtype) => {
      const row = rowOf('reduce')
      const lowering = row.lower
      if (lowering.kind !== 'reduction') throw new Error('reduce is a reduction')
      const params = { reducer, dimensions: [0] }
      const columns = [0, 1, 2, 3, 4].map(i => sampleOf({ shape: [8], dtype }, seed + i))
      const emit: Emit = xs => {
        const type = reg(dtype, xs[0]?.type.lanes ?? 1)
        return xs.reduce((acc, x) => lowering.step(acc, x, params, type), lowering.identity(params, type))
      }
      const stacked = zeros({ shape: [5, 8], dtype })
      columns.forEach(({ data }, i) => {
        stacked.data.set(data, 8 * i)
      })
      const expected = row.evaluate([stacked], params, { shape: [8], dtype }, evaluate)
      const tolerance = { relative: 1e-5, absolute: 1e-5 }
      expect(difference(interpreted(emit, columns, expected.type, 4), expected, tolerance)).toBeUndefined()
    },
  )

  test.prop([fc.nat(2 ** 31), fc.nat(2 ** 31), fc.constantFrom<1 | 4>(1, 4)])(
    'random bits',
    (k0, k1, lanes) => {
      const row = rowOf('random_bits')
      const lowering = row.lower
      if (lowering.kind !== 'generator') throw new Error('random_bits is a generator')
      const key: TensorValue = { type: { shape: [2], dtype: 'u32' }, data: Uint32Array.of(k0, k1) }
      const indices: TensorValue = {
        type: { shape: [8], dtype: 'i32' },
        data: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
      }
      const type: TensorType = { shape: [8], dtype: 'u32' }
      const words = [k0, k1].map((k): Expr => ({ kind: 'const', type: reg('u32'), value: k }))
      const emit: Emit = xs => lowering.emit(xs[0] ?? ref('i'), { shape: [8] }, reg('u32', lanes), words)
      expect(
        difference(
          interpreted(emit, [indices], type, lanes),
          row.evaluate([key], { shape: [8] }, type, evaluate),
        ),
      ).toBeUndefined()
    },
  )
})
