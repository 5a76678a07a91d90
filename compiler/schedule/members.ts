import { flushed } from '../../runtime/denormals.js'
import { sizeOf } from '../../runtime/dtype.js'
import { bug, limitation } from '../../runtime/fault.js'
import type { TensorType, Value } from '../ir/program.js'
import {
  add,
  constant,
  convert,
  i32,
  lane,
  let_,
  load,
  mul,
  pack,
  ref,
  reg,
  shr,
  splat,
  store,
  withLanes,
} from '../loop/expr.js'
import type { Expr, Lanes, RegType, Stmt } from '../loop/ir.js'
import type { VectorUnit } from '../loop/vectors.js'
import type { View } from '../ops/row.js'
import { rowOf } from '../ops/rows.js'
import { at } from '../ops/tensor.js'
import { type Clear, Clearing } from './clearing.js'
import { type Analysis, isCopy, type Node, scalarConstant } from './nodes.js'
import type { Access } from './views.js'

/** Bytes of an element in the arena; f64 never gets here. */
export const ELEMENT = 4

/** Where a view's element lies for the point that a loop body stands at. */
export interface Place {
  /** Bytes from the start of the buffer, without the view's constant offset and `constant`. */
  readonly bytes: Expr
  /** Bytes that the point adds and that are known: they are part of a load and cost nothing. */
  readonly constant: number
  /** `bytes` in a word: the same for the same place. */
  readonly key: string
  /** Elements between the lanes of a vector; with one lane it is not looked at. */
  readonly laneStride: number
  /** False when the innermost loop does not move it: it can be read before the loop. */
  readonly moves: boolean
}

/** The point that a loop body stands at, and where what it says goes. */
export interface Frame {
  readonly lanes: Lanes
  readonly place: (view: View) => Place
  readonly body: Stmt[]
  /** Statements before the innermost loop. */
  readonly before: Stmt[]
  readonly fresh: () => string
  /** What was read in this body, by where: points side by side share it. */
  readonly known?: Map<string, Expr>
}

/** What lowering needs to know of the plan: addresses in bytes, fixed by now, and the target's registers. */
export interface Placement {
  readonly analysis: Analysis
  /** Byte address of the storage of a root value. */
  readonly addressOf: (root: Value) => number
  readonly unit: VectorUnit
  /** Whether what is stored of a root stays as it is from call to call. */
  readonly isFixed: (root: Value) => boolean
  readonly clear: Clear
}

/** The register type of a program's element type, or the limitation that f64 has no compiled form. */
export const registerOf = (type: TensorType, lanes: Lanes = 1): RegType => {
  if (type.dtype === 'f64') {
    throw limitation(
      'f64-target',
      'f64 programs run in the evaluator only; the compiled targets compute in f32',
    )
  }
  return reg(type.dtype, lanes)
}

/** Binds an expression to a name in the frame's body. */
export const bind = (frame: Frame, value: Expr): Expr => {
  if (value.kind === 'const' || value.kind === 'ref') return value
  const name = frame.fresh()
  frame.body.push(let_(name, value))
  return ref(name, value.type)
}

/** A body's account of denormal numbers. */
export const clearingOf = ({ unit }: Placement): Clearing => new Clearing(unit.flushes !== true)

/** The elements of a stored value, an iota or a constant at the frame's point, without denormal numbers. */
export const readAccess = (
  { analysis, addressOf, clear }: Placement,
  frame: Frame,
  { root, view }: Access,
): Expr => {
  const type = registerOf(analysis.typeOf(root))
  const known = scalarConstant(analysis.producer, root)
  if (known !== undefined) return constant(type, type.elem === 'f32' ? flushed(known) : known)
  const place = frame.place(view)
  const { laneStride, moves } = place
  const key = [root, frame.lanes, place.key, place.constant + view.offset * ELEMENT, laneStride, moves].join()
  const read = frame.known?.get(key)
  if (read !== undefined) return read
  const value = (): Expr => {
    const producer = analysis.producer(root)
    if (producer?.prim === 'iota') return elementIndex(place, view.offset, frame.lanes, type)
    const element = (reg: RegType, l: number): Expr =>
      load(reg, ...addressing(place, view, addressOf(root), l * laneStride))
    if (frame.lanes === 1 || laneStride === 0) return element(type, 0)
    if (laneStride === 1) return element(withLanes(type, frame.lanes), 0)
    return pack(lanesUpTo(frame.lanes).map(l => element(type, l)))
  }
  const bound = bind(moves ? frame : { ...frame, body: frame.before }, clear.read(root, value()))
  frame.known?.set(key, bound)
  return bound
}

/**
 * Address and constant offset of an element. A load's offset is unsigned and added without wrapping, so a view that
 * walks backwards has its constant part inside the address.
 */
const addressing = (
  { bytes, constant }: Place,
  view: View,
  buffer: number,
  elements: number,
): [Expr, number] => {
  const base = buffer + constant + (view.offset + elements) * ELEMENT
  return view.strides.some(s => s < 0) ? [add(bytes, base), 0] : [bytes, base]
}

/** The numbers of the lanes of a vector. */
const lanesUpTo = (lanes: Lanes): readonly number[] => Array.from({ length: lanes }, (_, l) => l)

/** The index of an element in its buffer, as a number of `type`, one for each lane. */
const elementIndex = (
  { bytes, constant, laneStride }: Place,
  offset: number,
  lanes: Lanes,
  type: RegType,
): Expr => {
  const index = add(shr(bytes, 2), offset + constant / ELEMENT)
  if (lanes === 1 || laneStride === 0) return convert(index, type.elem)
  const steps = pack(lanesUpTo(lanes).map(l => i32(l * laneStride)))
  return convert(add(index, steps), type.elem)
}

/** A member's value from its operands' values. `linear` is the window that counts the member's elements. */
export const computeMember = (
  placement: Placement,
  frame: Frame,
  node: Node,
  operands: readonly Expr[],
  linear: View,
  clearing: Clearing,
): Expr => {
  const { equation } = node
  const { lower, facts } = rowOf(equation.prim)
  const type = registerOf(placement.analysis.typeOf(equation.output), frame.lanes)
  if (isCopy(node)) return at(operands, 0)
  if (lower.kind === 'pointwise') {
    const isSquare = equation.prim === 'multiply' && equation.inputs[0] === equation.inputs[1]
    const root = isSquare ? clearing.root(frame, at(operands, 0)) : undefined
    const clear = operands.map(
      (x, i) => root ?? (facts?.mildIn?.includes(i) === true ? clearing.best(x) : clearing.clear(frame, x)),
    )
    const isVector = clear.some(x => x.type.lanes > 1)
    const xs = isVector ? clear.map(x => splat(x, frame.lanes)) : clear
    const value = lower.emit(xs, equation.params, isVector ? type : withLanes(type, 1))
    const bound = bind(frame, value)
    return facts?.isClear === true || root !== undefined ? bound : clearing.note(bound, value)
  }
  if (lower.kind === 'generator') {
    const index = elementIndex(frame.place(linear), 0, frame.lanes, reg('u32'))
    const words = readWords(placement, { ...frame, body: frame.before }, at(node.operands, 0))
    return bind(frame, lower.emit(index, equation.params, type, words))
  }
  throw bug(`schedule: ${equation.prim} is no member of a loop`)
}

/** All elements of a small operand, each as a scalar. */
const readWords = ({ analysis, addressOf }: Placement, frame: Frame, { root, view }: Access): Expr[] => {
  const type = registerOf(analysis.typeOf(root))
  const stride = view.strides.at(-1) ?? 1
  return Array.from({ length: sizeOf(view.shape) }, (_, i) =>
    bind(frame, load(type, 0, addressOf(root) + (view.offset + i * stride) * ELEMENT)),
  )
}

/** Writes a value at the frame's point into a buffer, through a window on it. */
export const writeValue = (frame: Frame, value: Expr, address: number, view: View): void => {
  const place = frame.place(view)
  const { laneStride } = place
  const write = (x: Expr, l: number): void => {
    const [at, offset] = addressing(place, view, address, l * laneStride)
    frame.body.push(store(at, x, offset))
  }
  if (frame.lanes === 1) {
    write(value, 0)
  } else if (laneStride === 1) {
    write(splat(value, frame.lanes), 0)
  } else {
    const vector = bind(frame, splat(value, frame.lanes))
    for (const l of lanesUpTo(frame.lanes)) write(lane(vector, l), l)
  }
}

/** `Σ index[d] * stride[d]` in bytes, where the indices count bytes already, and apart from it what is known of it. */
export const weightedSum = (
  indices: readonly Expr[],
  strides: readonly number[],
): Pick<Place, 'bytes' | 'constant' | 'key'> => {
  let [bytes, constant, key]: [Expr, number, string] = [i32(0), 0, '']
  indices.forEach((index, d) => {
    const stride = at(strides, d)
    const [moving, known] = knownPart(index)
    constant += known * stride
    if (stride === 0 || moving === undefined) return
    bytes = add(bytes, stride === 1 ? moving : mul(moving, stride))
    key += `${moving.kind === 'ref' ? moving.name : idOf(moving)} ${stride} `
  })
  return { bytes, constant, key }
}

const ids = new WeakMap<Expr, string>()
let idCount = 0

/** A word for an expression: the same for the same object. */
const idOf = (x: Expr): string => {
  const known = ids.get(x)
  if (known !== undefined) return known
  const id = `#${++idCount}`
  ids.set(x, id)
  return id
}

/** An index as what moves and a constant. */
const knownPart = (index: Expr): [Expr | undefined, number] => {
  if (index.kind === 'const') return [undefined, index.value]
  return index.kind === 'binary' && index.op === 'add' && index.y.kind === 'const'
    ? [index.x, index.y.value]
    : [index, 0]
}
