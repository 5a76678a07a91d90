import { expect, test } from 'vitest'
import * as e from '../../compiler/loop/expr.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { Elem, Expr, LoopModule, RegType } from '../../compiler/loop/ir.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printJs } from '../../compiler/targets/js.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { Arena } from '../../runtime/arena.js'
import type { Executor } from '../../runtime/executor.js'
import { instantiateJs } from '../../runtime/js.js'
import { instantiateWasm } from '../../runtime/wasm.js'
import { binaries, specialFloats, specialIntegers, unaries } from '../loop/programs.js'

const elems: readonly Elem[] = ['f32', 'f64', 'i32', 'u32', 'bool']
const types: readonly RegType[] = elems.flatMap(elem =>
  elem === 'f64' ? [e.reg(elem)] : [e.reg(elem), e.reg(elem, 4)],
)
const bytes = (elem: Elem): number => (elem === 'f64' ? 8 : 4)
const name = (t: RegType): string => `${t.elem}x${t.lanes}`

const valuesOf = (elem: Elem): readonly number[] => {
  if (elem === 'bool') return [0, 1, 1, 0]
  return elem === 'f32' || elem === 'f64' ? specialFloats : specialIntegers
}

interface Case {
  readonly title: string
  readonly types: readonly RegType[]
  readonly make: (xs: readonly Expr[]) => Expr
}

/** A case for each operation of each type that the constructors let through. */
const possible = (title: string, operands: readonly RegType[], make: Case['make']): readonly Case[] => {
  try {
    make(operands.map((t, i) => e.ref(`x${i}`, t)))
    return [{ title: `${title} ${operands.map(name).join(' ')}`, types: operands, make }]
  } catch {
    return []
  }
}

const first = (xs: readonly Expr[]): Expr => xs[0] ?? e.i32(0)
const second = (xs: readonly Expr[]): Expr => xs[1] ?? e.i32(0)
const third = (xs: readonly Expr[]): Expr => xs[2] ?? e.i32(0)

const cases: readonly Case[] = types.flatMap(t => [
  ...unaries.flatMap(op => possible(op, [t], xs => e.unary(op, first(xs)))),
  ...binaries.flatMap(op => possible(op, [t, t], xs => e.binary(op, first(xs), second(xs)))),
  // a constant on the right has paths of its own
  ...binaries.flatMap(op =>
    [0, -0, 1, -1, 2, 3, 8, 31, 2.5].flatMap(c =>
      possible(`${op} by ${Object.is(c, -0) ? '-0' : c}`, [t], xs =>
        e.binary(op, first(xs), e.constant(t, c)),
      ),
    ),
  ),
  ...elems.flatMap(to => possible(`convert to ${to}`, [t], xs => e.convert(first(xs), to))),
  ...(['f32', 'i32', 'u32'] as const).flatMap(to =>
    possible(`bits as ${to}`, [t], xs => {
      const x = first(xs)
      return e.bits(t.elem === 'f32' ? e.select(e.eq(x, x), x, 0) : x, to)
    }),
  ),
  ...possible('select', [t, t, e.reg('bool', t.lanes)], xs => e.select(third(xs), first(xs), second(xs))),
  ...possible('mulAdd', [t, t, t], xs => e.mulAdd(first(xs), second(xs), third(xs))),
  ...possible('splat', [e.withLanes(t, 1)], xs => e.splat(first(xs))),
  ...(t.lanes === 4
    ? [
        ...possible('lane', [t], xs => e.lane(first(xs), 2)),
        ...possible('pack', [e.withLanes(t, 1), e.withLanes(t, 1)], xs =>
          e.pack([first(xs), second(xs), e.constant(e.withLanes(t, 1), 1), first(xs)]),
        ),
        ...possible('pack of values', [t], xs => e.pack([3, 1, 2, 0].map(i => e.lane(first(xs), i)))),
      ]
    : []),
])

const inputAt = (i: number): number => 4096 + 16384 * i
const output = 65536

/** Each tuple of the operands' special values once, four of a kind for vectors but each turned by a place. */
const build = (
  c: Case,
): { readonly module: LoopModule; readonly fill: (memory: ArrayBuffer) => void; readonly count: number } => {
  const lists = c.types.map(t => valuesOf(t.elem))
  const tuples = Math.min(
    400,
    lists.reduce((n, l) => n * l.length, 1),
  )
  const count = 4 * Math.ceil(tuples / 4)
  const i = e.ref('i')
  const vector = c.types.some(t => t.lanes === 4)
  const loads = c.types.map((t, k) => e.load(t, e.add(e.mul(i, bytes(t.elem)), inputAt(k))))
  const value = c.make(loads)
  // results lie four elements apart, so that scalars and vectors take the same place
  const store = e.store(e.mul(i, vector ? 16 : 32), value, output)
  const body = [e.loop(vector ? 'vector' : 'serial', 'i', 0, count, vector ? 4 : 1, [store])]
  const fill = (memory: ArrayBuffer): void => {
    const view = new DataView(memory)
    c.types.forEach((t, k) => {
      const stride = lists.slice(0, k).reduce((n, l) => n * l.length, 1)
      const list = lists[k] ?? []
      for (let n = 0; n < count + 4; n++) {
        const v = list[Math.floor(n / stride) % list.length] ?? 0
        const at = inputAt(k) + n * bytes(t.elem)
        if (t.elem === 'f32') view.setFloat32(at, v, true)
        else if (t.elem === 'f64') view.setFloat64(at, v, true)
        else view.setInt32(at, v, true)
      }
    })
  }
  return {
    module: { functions: [{ name: 'step', params: [], returns: false, exported: true, body }] },
    fill,
    count,
  }
}

const size = output + 32 * 520

const readAll = (memory: ArrayBuffer, elem: Elem): readonly number[] => {
  if (elem === 'f64') return [...new Float64Array(memory, output, 2080)]
  return elem === 'f32'
    ? [...new Float32Array(memory, output, 4160)]
    : [...new Int32Array(memory, output, 4160)]
}

test('there are cases of every operation', () => {
  expect(cases.length).toBeGreaterThan(500)
})

type Change = (text: string) => string
const asIs: Change = text => text

const targets: {
  readonly [T in 'wasm' | 'js']: (module: LoopModule, arena: Arena, change: Change) => Executor
} = {
  wasm: (module, arena, change) => instantiateWasm(assemble(change(printWat(module))), arena),
  js: (module, arena, change) => instantiateJs(change(printJs(module)), arena),
}

const known = new Map<Case, ArrayBuffer>()

/** The memory as the interpreter leaves it. */
const wantedOf = (c: Case): ArrayBuffer => {
  const before = known.get(c)
  if (before !== undefined) return before
  const { module, fill } = build(c)
  const memory = new ArrayBuffer(size)
  fill(memory)
  interpret(module, memory, 'step')
  known.set(c, memory)
  return memory
}

/** Where a target's result differs from the interpreter's; nothing where it does not. */
const difference = (target: 'wasm' | 'js', c: Case, change: Change): readonly string[] => {
  const { module, fill } = build(c)
  const { elem } = c.make(c.types.map((t, i) => e.ref(`x${i}`, t))).type
  const arena = new Arena(size)
  fill(arena.buffer)
  targets[target](module, arena, change).step()
  const [got, want] = [readAll(arena.buffer, elem), readAll(wantedOf(c), elem)]
  const at = got.findIndex((v, i) => !Object.is(v, want[i]))
  return at < 0 ? [] : [`${c.title} at ${at}: ${got[at]}, not ${want[at]}`]
}

test.each(['wasm', 'js'] as const)('every operation of every type has the same bits in %s', target => {
  expect(cases.flatMap(c => difference(target, c, asIs))).toEqual([])
})

test.each([
  ['signed for unsigned', 'i32x4.gt_u', 'i32x4.gt_s'],
  ['min for max', 'f32x4.max', 'f32x4.min'],
  ['less for less or equal', 'f32.le', 'f32.lt'],
  ['arithmetic for logical shift', 'i32.shr_u', 'i32.shr_s'],
  ['the constant first in pmax', 'f32x4.pmax', 'f32x4.pmin'],
  ['a mask for its inverse', 'v128.andnot', 'v128.and'],
  ['the wrong lane', 'i32x4.extract_lane 2', 'i32x4.extract_lane 1'],
  ['truncation for rounding', 'f32.nearest', 'f32.trunc'],
  ['wrapping for saturation', 'i32.trunc_sat_f64_u', 'i32.trunc_sat_f64_s'],
  ['another quotient by zero', 'return (i32.const -1)', 'return (i32.const 0)'],
] as const)('a planted fault is seen in wasm: %s', (_, right, wrong) => {
  const touched = cases.filter(c => printWat(build(c).module).includes(right))
  expect(touched.flatMap(c => difference('wasm', c, t => t.replaceAll(right, wrong)))).not.toEqual([])
})

test.each([
  ['another bound of saturation', 'Math.max(0, ', 'Math.max(-1, ', 'convert to u32 f32x1'],
  ['plain multiplication', 'Math.imul(', '((x, y) => x * y)(', 'mul i32x1'],
  ['ties away from even', 'up % 2 !== 0', 'false', 'nearest f64x1'],
] as const)('a planted fault is seen in js: %s', (_, right, wrong, title) => {
  const touched = cases.filter(c => c.title.startsWith(title))
  expect(touched.flatMap(c => difference('js', c, t => t.replaceAll(right, wrong)))).not.toEqual([])
})
