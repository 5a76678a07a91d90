import type { Stream } from '../../runtime/plan.js'
import {
  abs,
  add,
  call,
  flush,
  i32,
  if_,
  let_,
  load,
  loop,
  lt,
  mul,
  not,
  ref,
  reg,
  return_,
  store,
  withLanes,
} from '../loop/expr.js'
import type { Expr, LoopFunction, Stmt } from '../loop/ir.js'
import { at } from '../ops/tensor.js'
import { ELEMENT } from './members.js'
import { meetAt, rangesOf } from './threads.js'

/** One of the threads that run a plan, and where they meet. */
export interface Thread {
  readonly index: number
  readonly count: number
  /** Byte address of the words that a barrier keeps. */
  readonly control: number
}

/** The function of a thread, e.g. `step` of the first, `step1` of the next. */
export const threadName = (name: string, index: number): string => (index === 0 ? name : `${name}${index}`)

/** Gather and step, `count` times; stops when the guard is no longer finite. */
export const runFunction = (
  streams: readonly Stream[],
  guard: number | undefined,
  { index, count, control }: Thread,
  flushes: boolean,
  first: readonly Stmt[],
): LoopFunction => {
  const { rows } = at(streams, 0)
  const ranges = rangesOf(rows, count, 1) ?? [{ from: 0, to: rows }]
  const mine = ranges[index]
  const body: Stmt[] = [
    ...(mine === undefined ? [] : gather(streams, rows, mine.from, mine.to, flushes)),
    ...(index === 0 ? first : []),
    ...(count === 1 ? [] : [meetAt(control, count, index)]),
    call(threadName('step', index)),
    ...(guard === undefined ? [] : stopUnlessFinite(guard)),
  ]
  return {
    name: threadName('run', index),
    params: ['count', 'order', ...streams.map((_, i) => `data${i}`)],
    returns: true,
    exported: true,
    body: [loop('serial', 'done', i32(0), ref('count'), 1, body), return_(ref('count'))],
  }
}

const stopUnlessFinite = (guard: number): Stmt[] => {
  const x = load(reg('f32'), 0, guard)
  return [if_(not(lt(abs(x), Number.POSITIVE_INFINITY)), [return_(ref('done'))])]
}

/** Rows of every data set, by the numbers at `order`, into the stream's ports. */
const gather = (
  streams: readonly Stream[],
  rows: number,
  from: number,
  to: number,
  flushes: boolean,
): Stmt[] => {
  const first = add(ref('order'), mul(ref('done'), rows * ELEMENT))
  const row = ref('row')
  const copies = streams.flatMap((stream, i) => {
    const [from, to] = [ref(`from${i}`), ref(`to${i}`)]
    return [
      let_(`from${i}`, add(ref(`data${i}`), mul(ref('number'), stream.rowBytes))),
      let_(`to${i}`, add(mul(row, stream.rowBytes), stream.offset)),
      ...copyRow(from, to, stream, i, flushes),
    ]
  })
  const number = let_('number', load(reg('i32'), add(ref('first'), mul(row, ELEMENT))))
  return [let_('first', first), loop('serial', 'row', i32(from), i32(to), 1, [number, ...copies])]
}

/** One row, its denormal numbers as zeros where the processor does not see to it. */
const copyRow = (
  from: Expr,
  to: Expr,
  { dtype, rowBytes: bytes }: Stream,
  i: number,
  flushes: boolean,
): Stmt[] => {
  const isFloat = dtype === 'f32' && !flushes
  const type = reg(isFloat ? 'f32' : 'i32')
  const moved = (x: Expr): Expr => (isFloat ? flush(x) : x)
  const wide = bytes - (bytes % 16)
  const vector = withLanes(type, 4)
  const at16 = ref(`at${i}`)
  const main: Stmt[] =
    wide === 0
      ? []
      : [
          loop('vector', `at${i}`, i32(0), i32(wide), 16, [
            store(add(to, at16), moved(load(vector, add(from, at16)))),
          ]),
        ]
  const tail = Array.from({ length: (bytes - wide) / ELEMENT }, (_, t) => {
    const offset = wide + t * ELEMENT
    return store(to, moved(load(type, from, offset)), offset)
  })
  return [...main, ...tail]
}
