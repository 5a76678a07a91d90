import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import { and, eq, gt, i32, load, ne, or, ref, select, set, shr, store, u32, var_ } from '../loop/expr.js'
import type { Expr, LoopFunction, Stmt } from '../loop/ir.js'
import { threefry2x32 } from '../loop/math.js'
import type { View } from '../ops/row.js'
import { at, wholeOf } from '../ops/tensor.js'
import type { Kernel } from './kernels.js'
import { LoopWriter } from './loop-writer.js'
import { lowerCopy } from './lower-copy.js'
import { lowerLoops } from './lower-loops.js'
import { ELEMENT, type Placement, readAccess, registerOf, writeValue } from './members.js'
import type { Node } from './nodes.js'
import { type Lowered, productLowering } from './product-seam.js'
import type { Room } from './storage.js'
import type { Range } from './threads.js'
import type { Access } from './views.js'

/** Bytes that a kernel wants beside its operands: packing space of each part of a contraction. */
export const kernelRoom = (
  kernel: Kernel,
  placement: Placement,
  stored: ReadonlySet<Value>,
  parts: number,
): Room =>
  kernel.kind === 'contraction'
    ? productLowering().room(kernel, placement, stored, parts)
    : { scratch: 0, kept: 0 }

/** A kernel as functions: one, or one for each of `parts` threads, and what it wants packed. */
export const lowerKernel = (
  name: string,
  kernel: Kernel,
  placement: Placement,
  stored: ReadonlySet<Value>,
  room: Room,
  parts: number,
): Lowered => {
  const alone = (functions: readonly LoopFunction[]): Lowered => ({ parts: functions, packings: [] })
  switch (kernel.kind) {
    case 'contraction':
      return productLowering().lower(name, kernel, placement, stored, room, parts)
    case 'loops': {
      const loops = { group: kernel.group, phases: kernel.phases, stored: (v: Value) => stored.has(v) }
      return alone(functionsOf(name, lowerLoops(loops, placement, parts)))
    }
    case 'copy':
      return alone(functionsOf(name, lowerCopy(kernel.moves, kernel.to, placement, parts)))
    case 'argmax':
      return alone([functionOf(name, lowerArgmax(kernel.node, placement))])
    case 'foldIn':
      return alone([functionOf(name, lowerFoldIn(kernel.node, placement))])
    default:
      return kernel satisfies never
  }
}

const wholeRange = (extent: number): Range => ({ from: 0, to: extent })

/** A function for each part. */
const functionsOf = (name: string, bodies: readonly (readonly Stmt[])[]): readonly LoopFunction[] =>
  bodies.map((body, t) => functionOf(bodies.length === 1 ? name : `${name}_${t}`, body))

const functionOf = (name: string, body: readonly Stmt[]): LoopFunction => ({
  name,
  params: [],
  returns: false,
  exported: false,
  body,
})

/** The first index of the greatest element; the first NaN wins over every number. */
const lowerArgmax = (node: Node, placement: Placement): Stmt[] => {
  const { equation } = node
  if (equation.prim !== 'argmax') throw bug('schedule: not an argmax')
  const { dimension } = equation.params
  const operand = at(node.operands, 0)
  const { view } = operand
  const loops = new LoopWriter()
  const type = registerOf(placement.analysis.typeOf(operand.root))
  const dims = view.shape.map((_, d) => d).filter(d => d !== dimension)
  const own = wholeOf(dims.map(d => at(view.shape, d)))
  const target: View = {
    shape: view.shape,
    strides: view.shape.map((_, d) => (d === dimension ? 0 : at(own.strides, dims.indexOf(d)))),
    offset: 0,
  }
  return loops.nest(
    dims,
    d => wholeRange(at(view.shape, d)),
    new Map(),
    index => {
      const body: Stmt[] = []
      const readAt = (i: Expr, into: Stmt[]): Expr =>
        readAccess(
          placement,
          loops.frame(new Map(index).set(dimension, i), undefined, 1, into, into),
          operand,
        )
      const [best, found] = [loops.fresh('best'), loops.fresh('found')]
      body.push(var_(best, readAt(i32(0), body)), var_(found, i32(0)))
      const steps = loops.over(
        at(view.shape, dimension),
        1,
        i => {
          const inside: Stmt[] = []
          const x = readAt(i, inside)
          const current = ref(best, type)
          const isFloat = type.elem === 'f32'
          const beats = isFloat ? or(gt(x, current), and(ne(x, x), eq(current, current))) : gt(x, current)
          inside.push(set(found, select(beats, i, ref(found))), set(best, select(beats, x, current)))
          return inside
        },
        1,
      )
      const frame = loops.frame(index, undefined, 1, body, body)
      body.push(...steps)
      writeValue(frame, shr(ref(found), 2), placement.addressOf(equation.output), target)
      return body
    },
  )
}

/** A new key: two words of threefry over (0, data). */
const lowerFoldIn = (node: Node, placement: Placement): Stmt[] => {
  const { analysis, addressOf } = placement
  const word = ({ root, view }: Access, i: number): Expr => {
    const element = view.offset + i * (view.strides[0] ?? 0)
    return load(registerOf(analysis.typeOf(root)), 0, addressOf(root) + element * ELEMENT)
  }
  const key = at(node.operands, 0)
  const data = at(node.operands, 1)
  const [x, y] = threefry2x32(word(key, 0), word(key, 1), u32(0), word(data, 0))
  const out = addressOf(node.equation.output)
  return [store(0, x, out), store(0, y, out + ELEMENT)]
}
