import * as e from '../../compiler/loop/expr.js'
import type { BinaryOp, Elem, Expr, Lanes, LoopModule, RegType, UnaryOp } from '../../compiler/loop/ir.js'

/*
 * A module that does every operation of the loop IR on every pair of some values that matter, in vectors of a given
 * length: what a target must get right, in one small program.
 */

const floats = [
  ...[0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 3e-45, -1e-40, 8388609, -16777217, 1e10],
  ...[2147483520, 2147483648, -2147483648, -2147483904, 4294967040, 4294967296, 3.4e38, -3.4e38, 0.1],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 7, -0.99999994, 2.0000002],
]
const integers = [
  ...[0, 1, -1, 2, -2, 3, 7, -7, 10, 31, 32, 33, 100, 255, 65535, 65536, -65536, 2147483647, -2147483648],
  ...[
    -2147483647, 1073741824, -1073741825, 123456789, -987654321, 16777217, 5, 6, 8, 0x55555555, -0x55555556,
  ],
]
const truths = Array.from({ length: 30 }, (_, i) => (i * 7) % 3 === 0)

/** Pairs are of this many values; more lie behind them, for vectors that begin at the last. */
const count = 30
const padded = 48

const inputs: { readonly [E in Elem]: number } = { f32: 64, f64: 512, i32: 1024, u32: 1280, bool: 1536 }
const outputs = 2048

const size = (elem: Elem): number => (elem === 'f64' ? 8 : 4)

/** The values, where the module reads them. */
export const writeSpecimens = (memory: ArrayBuffer): void => {
  const view = new DataView(memory)
  for (let i = 0; i < padded; i++) {
    const [f, n, b] = [floats[i % count] ?? 0, integers[i % count] ?? 0, truths[i % count] === true]
    view.setFloat32(inputs.f32 + 4 * i, f, true)
    view.setFloat64(inputs.f64 + 8 * i, f, true)
    view.setInt32(inputs.i32 + 4 * i, n, true)
    view.setInt32(inputs.u32 + 4 * i, n, true)
    // any number but 0 is true
    view.setInt32(inputs.bool + 4 * i, b ? 1 + 3 * (i % 2) : 0, true)
  }
}

const unaries: { readonly [E in Elem]: readonly UnaryOp[] } = {
  f32: ['neg', 'abs', 'sqrt', 'ceil', 'floor', 'trunc', 'nearest', 'flush'],
  f64: ['neg', 'abs', 'sqrt', 'ceil', 'floor', 'trunc', 'nearest'],
  i32: ['neg', 'abs', 'not'],
  u32: ['not'],
  bool: ['not'],
}

const arithmetic: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'min', 'max']
const order: readonly BinaryOp[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']
const bitwise: readonly BinaryOp[] = ['and', 'or', 'xor']
const binaries: { readonly [E in Elem]: readonly BinaryOp[] } = {
  f32: [...arithmetic, ...order],
  f64: [...arithmetic, ...order],
  i32: [...arithmetic, ...order, ...bitwise, 'rem', 'shl', 'shr'],
  u32: [...arithmetic, ...order, ...bitwise, 'rem', 'shl', 'shr'],
  bool: [...bitwise, 'eq', 'ne'],
}

const isInteger = (elem: Elem): elem is 'i32' | 'u32' => elem === 'i32' || elem === 'u32'

/** A NaN has no bits to agree on: it counts as 0. */
const bitsOf = (x: Expr, elem: 'i32' | 'u32'): Expr => e.bits(e.select(e.eq(x, x), x, 0), elem)

/** Every expression over x, which moves along the lanes, and y, which does not. */
const expressions = (x: Expr, y: Expr): readonly Expr[] => {
  const { elem, lanes } = x.type
  const elems: readonly Elem[] =
    lanes === 1 ? ['f32', 'f64', 'i32', 'u32', 'bool'] : ['f32', 'i32', 'u32', 'bool']
  const constants = elem === 'f32' || elem === 'f64' ? [0, -0, 1.5, -3] : isInteger(elem) ? [0, 3, -1, 8] : []
  const other = e.lanesOf
  return [
    ...unaries[elem].map(op => e.unary(op, x)),
    ...binaries[elem].map(op => e.binary(op, x, y)),
    ...(['min', 'max', 'add', 'mul', 'div'] as const).flatMap(op => constants.map(c => e.binary(op, x, c))),
    ...(isInteger(elem) ? (['rem', 'shl', 'shr'] as const).map(op => e.binary(op, x, 5)) : []),
    ...elems.filter(to => to !== elem).map(to => e.convert(x, to)),
    ...(elem === 'f32' ? [bitsOf(x, 'i32'), bitsOf(x, 'u32')] : []),
    ...(isInteger(elem) ? [e.bits(e.and(x, 0x7f7fffff), 'f32')] : []),
    ...(elem === 'bool'
      ? [e.select(x, e.f32(1.5), e.f32(-2))]
      : [e.mulAdd(x, y, x), e.select(e.lt(x, y), x, y)]),
    e.select(e.eq(x, y), x, y),
    ...(lanes === 1 ? [] : [e.pack(other(x).toReversed()), e.lane(x, lanes - 2), e.lane(x, 1)]),
  ]
}

const typesOf = (lanes: Lanes): readonly RegType[] =>
  (lanes === 1
    ? (['f32', 'f64', 'i32', 'u32', 'bool'] as const)
    : (['f32', 'i32', 'u32', 'bool'] as const)
  ).map(elem => e.reg(elem, lanes))

/** What an operation's results take. */
const block = count * padded * 8

/** `step`: each expression on each pair of values of each type. */
export const everyOperation = (lanes: Lanes): { readonly module: LoopModule; readonly bytes: number } => {
  const [i, j] = [e.ref('i'), e.ref('j')]
  let end = outputs
  const body = typesOf(lanes).map(type => {
    const at = (index: Expr): Expr => e.mul(index, size(type.elem))
    const x = e.load(type, at(j), inputs[type.elem])
    const y = e.load(e.withLanes(type, 1), at(i), inputs[type.elem])
    const stores = expressions(x, lanes === 1 ? y : e.splat(y, lanes)).map(value => {
      end += block
      const { elem } = value.type
      return e.store(e.mul(e.add(e.mul(i, padded), j), size(elem)), value, end - block)
    })
    return e.loop('serial', 'i', 0, count, 1, [e.loop('serial', 'j', 0, count, 1, stores)])
  })
  // one function for each type: `i` and `j` are bound once in each
  const functions = body.map((loop, n) => ({
    name: `type${n}`,
    params: [],
    returns: false,
    exported: false,
    body: [loop],
  }))
  const step = {
    name: 'step',
    params: [],
    returns: false,
    exported: true,
    body: functions.map(f => e.call(f.name)),
  }
  return { module: { functions: [...functions, step] }, bytes: end }
}
