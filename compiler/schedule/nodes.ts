import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { Equation, Program, TensorType, Value } from '../ir/program.js'
import { rowOf } from '../ops/rows.js'
import { at, wholeOf } from '../ops/tensor.js'
import { type Access, resolveAccess } from './views.js'

/** What a node is to the scheduler; the row of its primitive says so. */
export type NodeKind = 'pointwise' | 'reduction' | 'contraction' | 'concatenate' | 'pad' | 'argmax' | 'foldIn'

/** One equation that a kernel computes, with its operands traced to where they are stored. */
export interface Node {
  readonly index: number
  readonly equation: Equation
  readonly kind: NodeKind
  readonly operands: readonly Access[]
  /** The index space it is computed over: its own shape, or its operand's for a reduction or a copy. */
  readonly space: readonly number[]
  /** Dimensions of the space that a reduction folds away. */
  readonly reduced: readonly boolean[] | undefined
}

/** A program as nodes: what is computed where, and who reads what. */
export interface Analysis {
  readonly program: Program
  readonly nodes: readonly Node[]
  /** The node that computes a root value; inputs, constants and iotas have none. */
  readonly nodeOf: ReadonlyMap<Value, Node>
  /** Nodes that read a root value. */
  readonly readers: ReadonlyMap<Value, readonly Node[]>
  /** Nodes that must come before another one, which reads its operands through barriers. */
  readonly awaited: ReadonlyMap<Node, readonly Node[]>
  readonly typeOf: (v: Value) => TensorType
  readonly producer: (v: Value) => Equation | undefined
  /** How to read any value of the program. */
  readonly access: (v: Value) => Access
}

/** Traces every equation's operands through the views to their storage. */
export const analyse = (program: Program): Analysis => {
  const producers = new Map<Value, Equation>(program.equations.map(e => [e.output, e]))
  const producer = (v: Value) => producers.get(v)
  const typeOf = (v: Value): TensorType => at(program.types, v)
  const known = new Map<Value, Access>()
  const access = (v: Value) => resolveAccess(v, typeOf(v).shape, producer, known, w => typeOf(w).shape)

  const nodes: Node[] = []
  const nodeOf = new Map<Value, Node>()
  const readers = new Map<Value, Node[]>()
  const awaited = new Map<Node, readonly Node[]>()
  for (const equation of program.equations) {
    const node = nodeFor(equation, nodes.length, access, typeOf)
    if (node === undefined) continue
    nodes.push(node)
    nodeOf.set(equation.output, node)
    const before = equation.inputs
      .flatMap(v => waitsOf(v, producer))
      .flatMap(v => nodeOf.get(access(v).root) ?? [])
    if (before.length > 0) awaited.set(node, before)
    for (const { root } of node.operands) {
      const list = readers.get(root)
      if (list === undefined) readers.set(root, [node])
      else if (list.at(-1) !== node) list.push(node)
    }
  }
  return { program, nodes, nodeOf, readers, awaited, typeOf, producer, access }
}

/** What the views that a value is read through wait for: their operands but the first. */
const waitsOf = (value: Value, producer: Analysis['producer']): readonly Value[] => {
  const waits: Value[] = []
  let from = producer(value)
  while (from !== undefined && rowOf(from.prim).lower.kind === 'view') {
    const [first, ...others] = from.inputs
    waits.push(...others)
    from = first === undefined ? undefined : producer(first)
  }
  return waits
}

const nodeFor = (
  equation: Equation,
  index: number,
  access: (v: Value) => Access,
  typeOf: (v: Value) => TensorType,
): Node | undefined => {
  const { lower } = rowOf(equation.prim)
  const operands = () => equation.inputs.map(access)
  const own = typeOf(equation.output).shape
  switch (lower.kind) {
    case 'pointwise':
      return { index, equation, kind: 'pointwise', operands: operands(), space: own, reduced: undefined }
    case 'generator':
      // An iota is computed by whoever reads it; random bits are dear, and computed once.
      return equation.prim === 'iota'
        ? undefined
        : { index, equation, kind: 'pointwise', operands: operands(), space: own, reduced: undefined }
    case 'view': {
      if (access(equation.output).root !== equation.output) return undefined
      const operand = access(at(equation.inputs, 0))
      return {
        index,
        equation,
        kind: 'pointwise',
        operands: [operand],
        space: operand.view.shape,
        reduced: undefined,
      }
    }
    case 'reduction': {
      const operand = at(equation.inputs, 0)
      const space = typeOf(operand).shape
      const dims = reducedDims(equation)
      return {
        index,
        equation,
        kind: 'reduction',
        operands: operands(),
        space,
        reduced: space.map((_, d) => dims.includes(d)),
      }
    }
    case 'kernel':
      return lower.kernel === 'constant'
        ? undefined
        : { index, equation, kind: lower.kernel, operands: operands(), space: own, reduced: undefined }
    case 'rewritten':
      throw bug(`schedule: ${equation.prim} should have been rewritten by ${lower.by}`)
    default:
      return lower satisfies never
  }
}

const reducedDims = (equation: Equation): readonly number[] => {
  if (equation.prim !== 'reduce') throw bug(`schedule: no dimensions of ${equation.prim}`)
  return equation.params.dimensions
}

/** True for an equation whose operands are read where they lie and written as they are (a view that strides cannot say). */
export const isCopy = (node: Node): boolean => rowOf(node.equation.prim).lower.kind === 'view'

/** A node whose operand is read word by word before the loops: a random key. */
export const readsWords = (node: Node): boolean => rowOf(node.equation.prim).lower.kind === 'generator'

/** The operands that a node reads an element of at each point; a random key is not among them. */
export const readAtPoints = (node: Node): readonly Access[] => (readsWords(node) ? [] : node.operands)

/** The constant that a root is, if it has one element. */
export const scalarConstant = (producer: Analysis['producer'], root: Value): number | undefined => {
  const equation = producer(root)
  if (equation?.prim !== 'constant' || sizeOf(equation.params.type.shape) !== 1) return undefined
  return at(Array.from(equation.params.data), 0)
}

/** Reads a whole value in row-major order. */
export const wholeAccess = (root: Value, shape: readonly number[]): Access => ({
  root,
  view: wholeOf(shape),
})
