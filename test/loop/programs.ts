import { fc } from '@fast-check/vitest'
import * as e from '../../compiler/loop/expr.js'
import type {
  BinaryOp,
  Elem,
  Expr,
  LoopKind,
  LoopModule,
  RegType,
  Stmt,
  UnaryOp,
} from '../../compiler/loop/ir.js'
import type { VectorLanes } from '../../compiler/loop/vectors.js'

/*
 * Random programs of the loop IR over one page of memory: typed inputs in the first kilobytes, results after
 * them. The addresses are in range; everything else is up to chance. The bits of a NaN are never looked at.
 */

export const pageBytes = 65536

interface Region {
  readonly elem: Elem
  readonly input: number
  readonly output: number
}

const written = 1024

/** Where the elements of each type lie: 64 to read, and 1024 to write. */
export const regions: readonly Region[] = (['f32', 'f64', 'i32', 'u32', 'bool'] as const).map((elem, i) => ({
  elem,
  input: 1024 * i,
  output: 8192 * (i + 1),
}))

const bytes = (elem: Elem): number => (elem === 'f64' ? 8 : 4)

/** Floats at the edges of what operations treat alike; f32 rounds them. */
export const specialFloats = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  1e-45,
  -1e-40,
  1e-38,
  3.4e38,
  -3.4e38,
  2147483647,
  -2147483648,
  4294967296,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
]
/** Integers at the edges, as i32. */
export const specialIntegers = [
  0,
  1,
  -1,
  2,
  3,
  31,
  32,
  33,
  255,
  2 ** 31 - 1,
  -(2 ** 31),
  -(2 ** 31) + 1,
  1 << 30,
]

const number = (elem: Elem): fc.Arbitrary<number> => {
  switch (elem) {
    case 'f32':
      return fc.oneof(fc.constantFrom(...specialFloats.map(Math.fround)), fc.float())
    case 'f64':
      return fc.oneof(fc.constantFrom(...specialFloats), fc.double())
    case 'i32':
      return fc.oneof(fc.constantFrom(...specialIntegers), fc.integer())
    case 'u32':
      return fc.oneof(fc.constantFrom(...specialIntegers), fc.integer()).map(v => v >>> 0)
    case 'bool':
      return fc.nat(1)
    default:
      return elem satisfies never
  }
}

/** The inputs of a program: 64 elements of each type, in the order of `regions`. */
export const inputs: fc.Arbitrary<readonly (readonly number[])[]> = fc.tuple(
  ...regions.map(r => fc.array(number(r.elem), { minLength: 64, maxLength: 64 })),
)

/** Writes inputs where a program reads them. */
export const writeInputs = (memory: ArrayBuffer, values: readonly (readonly number[])[]): void => {
  const view = new DataView(memory)
  regions.forEach((r, i) => {
    values[i]?.forEach((v, j) => {
      const at = r.input + j * bytes(r.elem)
      if (r.elem === 'f32') view.setFloat32(at, v, true)
      else if (r.elem === 'f64') view.setFloat64(at, v, true)
      else view.setInt32(at, v, true)
    })
  })
}

/** What a program wrote, element by element; each NaN is one and the same. */
export const readOutputs = (memory: ArrayBuffer): readonly number[] => {
  const view = new DataView(memory)
  return regions.flatMap(r =>
    Array.from({ length: written }, (_, j) => {
      const at = r.output + j * bytes(r.elem)
      if (r.elem === 'f32') return view.getFloat32(at, true)
      return r.elem === 'f64' ? view.getFloat64(at, true) : view.getInt32(at, true)
    }),
  )
}

// ---- expressions ----

/** Every unary operation. */
export const unaries: readonly UnaryOp[] = [
  'neg',
  'abs',
  'sqrt',
  'ceil',
  'floor',
  'trunc',
  'nearest',
  'flush',
  'not',
]
/** Every binary operation. */
export const binaries: readonly BinaryOp[] = [
  'add',
  'sub',
  'mul',
  'div',
  'rem',
  'min',
  'max',
  'and',
  'or',
  'xor',
  'shl',
  'shr',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
]
const elems: readonly Elem[] = ['f32', 'f64', 'i32', 'u32', 'bool']

/** One instruction: what to do, and which of the fitting values made so far to do it with. */
interface Instruction {
  readonly what:
    | 'unary'
    | 'binary'
    | 'select'
    | 'mulAdd'
    | 'convert'
    | 'bits'
    | 'splat'
    | 'lane'
    | 'pack'
    | 'constant'
  readonly op: number
  readonly type: number
  readonly operands: readonly number[]
  readonly value: number
}

const instruction: fc.Arbitrary<Instruction> = fc.record({
  what: fc.constantFrom(
    ...(['unary', 'binary', 'binary', 'binary', 'select', 'mulAdd', 'convert', 'convert'] as const),
    ...(['bits', 'splat', 'lane', 'pack', 'constant'] as const),
  ),
  op: fc.nat(1000),
  type: fc.nat(1000),
  operands: fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
  value: fc.oneof(number('f32'), number('i32')),
})

/** Every register type of a target with vectors of `lanes` elements. */
const typesOf = (lanes: VectorLanes): readonly RegType[] =>
  elems.flatMap(elem => (elem === 'f64' ? [e.reg(elem)] : [e.reg(elem), e.reg(elem, lanes)]))

const upTo = (lanes: VectorLanes): readonly number[] => Array.from({ length: lanes }, (_, l) => l)

const fits = (a: RegType, b: RegType): boolean => a.elem === b.elem && a.lanes === b.lanes

/** A NaN has no bits that targets agree on: it counts as 0. */
const bitsOf = (x: Expr, elem: Elem): Expr =>
  x.type.elem === 'f32' ? e.bits(e.select(e.eq(x, x), x, 0), elem) : e.bits(x, elem)

/** The values that instructions make from leaves; an instruction that fits nothing is skipped. */
const grow = (
  leaves: readonly Expr[],
  instructions: readonly Instruction[],
  lanes: VectorLanes,
): readonly Expr[] => {
  const types = typesOf(lanes)
  const pool = [...leaves]
  const pick = (n: number, type: RegType): Expr => {
    const fitting = pool.filter(x => fits(x.type, type))
    // the last ones more often: deep rather than wide
    return fitting[fitting.length - 1 - (n % Math.min(fitting.length, 6))] ?? e.constant(type, n)
  }
  const at = <T>(list: readonly T[], n: number, otherwise: T): T => list[n % list.length] ?? otherwise
  for (const { what, op, type: t, operands, value } of instructions) {
    const type = at(types, t, e.reg('f32'))
    const [a = 0, b = 0, c = 0, d = 0] = operands
    const integer = type.elem === 'i32' || type.elem === 'u32'
    const float = type.elem === 'f32' || type.elem === 'f64'
    switch (what) {
      case 'constant':
        pool.push(e.constant(type, value))
        break
      case 'unary': {
        const fitting = unaries.filter(u =>
          float
            ? u !== 'not' && (u !== 'flush' || type.elem === 'f32')
            : u === 'not' || (type.elem === 'i32' && (u === 'neg' || u === 'abs')),
        )
        pool.push(e.unary(at(fitting, op, 'not'), pick(a, type)))
        break
      }
      case 'binary': {
        const fitting = binaries.filter(o => {
          if (type.elem === 'bool') return ['and', 'or', 'xor', 'eq', 'ne'].includes(o)
          return integer || !['rem', 'and', 'or', 'xor', 'shl', 'shr'].includes(o)
        })
        pool.push(e.binary(at(fitting, op, 'eq'), pick(a, type), pick(b, type)))
        break
      }
      case 'select':
        pool.push(e.select(pick(a, e.reg('bool', type.lanes)), pick(b, type), pick(c, type)))
        break
      case 'mulAdd':
        if (type.elem !== 'bool') pool.push(e.mulAdd(pick(a, type), pick(b, type), pick(c, type)))
        break
      case 'convert': {
        const to = at(elems, op, 'f32')
        if (type.lanes === 1 || to !== 'f64') pool.push(e.convert(pick(a, type), to))
        break
      }
      case 'bits':
        if (integer) pool.push(bitsOf(pick(a, e.reg('f32', type.lanes)), type.elem))
        else if (type.elem === 'f32') pool.push(e.bits(pick(a, e.reg('i32', type.lanes)), 'f32'))
        break
      case 'splat':
        if (type.elem !== 'f64') pool.push(e.splat(pick(a, e.withLanes(type, 1)), lanes))
        break
      case 'lane':
        if (type.elem !== 'f64') pool.push(e.lane(pick(a, e.withLanes(type, lanes)), op % lanes))
        break
      case 'pack':
        if (type.elem !== 'f64') {
          const scalar = e.withLanes(type, 1)
          pool.push(e.pack(upTo(lanes).map(l => pick(at([a, b, c, d], l, 0) + Math.floor(l / 4), scalar))))
        }
        break
      default:
        what satisfies never
    }
  }
  return pool
}

/** Loads of every type at an index below 60, and the index itself. */
const leavesAt = (index: Expr, shift: number, lanes: VectorLanes): readonly Expr[] => [
  ...regions.flatMap(r => {
    const at = e.add(e.mul(index, bytes(r.elem)), r.input)
    const offsets = [shift, 0, 7].map(n => n * bytes(r.elem))
    const lengths = r.elem === 'f64' ? ([1] as const) : ([1, lanes] as const)
    return lengths.flatMap(l => offsets.map(offset => e.load(e.reg(r.elem, l), at, offset)))
  }),
  e.convert(index, 'f32'),
  index,
  e.add(e.splat(index, lanes), e.pack(upTo(lanes).map(i => e.i32(i)))),
]

/** Stores of the last four values of each type, each to 32 places of its own; `slot` keeps loops apart. */
const storesOf = (pool: readonly Expr[], index: Expr, slot: number, lanes: VectorLanes): readonly Stmt[] =>
  typesOf(lanes).flatMap(type => {
    const values = pool.filter(x => fits(x.type, type)).slice(-4)
    const region = regions.find(r => r.elem === type.elem)
    return values.map((value, k) => {
      const block = 8 * slot + (type.lanes > 1 ? 4 : 0) + k
      const place = (region?.output ?? 0) + bytes(type.elem) * 32 * block
      return e.store(e.add(e.mul(index, bytes(type.elem)), place), value)
    })
  })

const kinds: readonly LoopKind[] = ['serial', 'vector', 'parallel', 'unrolled']

/** A program: loops of each kind, variables, a branch, a call with arguments, an early return. */
export const programOf = (lanes: VectorLanes): fc.Arbitrary<LoopModule> =>
  fc
    .record({
      first: fc.array(instruction, { maxLength: 40 }),
      second: fc.array(instruction, { maxLength: 40 }),
      kind: fc.constantFrom(...kinds),
      from: fc.nat(3),
      trips: fc.nat(4),
      step: fc.integer({ min: 1, max: 4 }),
      shift: fc.nat(3),
    })
    .map(({ first, second, kind, from, trips, step, shift }) => {
      const [i, j] = [e.ref('i'), e.ref('j')]
      const sum = e.ref('sum', e.reg('f32'))
      const vector = e.ref('turn', e.reg('f32', lanes))
      const a = grow(leavesAt(i, shift, lanes), first, lanes)
      const b = grow([...leavesAt(j, 0, lanes), e.ref('p')], second, lanes)
      const condition = a.findLast(x => fits(x.type, e.reg('bool'))) ?? e.bool(true)
      const scalar = a.findLast(x => fits(x.type, e.reg('f32'))) ?? e.f32(0)
      const float = a.findLast(x => fits(x.type, e.reg('f32', lanes))) ?? e.splat(e.f32(0), lanes)
      const step1: Stmt[] = [
        e.var_('sum', e.f32(0)),
        e.var_('turn', e.splat(e.f32(1), lanes)),
        e.loop(kind, 'i', from, from + trips * step, step, [
          ...storesOf(a, i, 0, lanes),
          e.let_('here', condition),
          e.if_(
            e.ref('here', e.reg('bool')),
            [e.set('sum', e.add(sum, scalar))],
            [e.set('sum', e.mul(sum, 2))],
          ),
          e.set('turn', e.add(e.pack(upTo(lanes).map(l => e.lane(vector, (l + 1) % lanes))), float)),
        ]),
        e.call('helper', [e.i32(trips), e.i32(3)]),
        e.store(0, sum, (regions[0]?.output ?? 0) + 4 * 1000),
        e.store(0, vector, (regions[0]?.output ?? 0) + 4 * 1004),
      ]
      const helper: Stmt[] = [
        e.loop('serial', 'j', 0, e.ref('p'), 1, [
          ...storesOf(b, j, 1, lanes),
          e.if_(e.ge(j, e.ref('q')), [e.return_(j)]),
        ]),
        e.return_(e.i32(-1)),
      ]
      return {
        functions: [
          { name: 'helper', params: ['p', 'q'], returns: true, exported: false, body: helper },
          { name: 'step', params: [], returns: false, exported: true, body: step1 },
        ],
      }
    })

/** A program for vectors of four. */
export const program = programOf(4)
