/** What a Sym is at run time: a node of an inert graph. Nothing is computed until the graph is traced. */
import type { Builder } from '../../compiler/ir/build.js'
import type { Value } from '../../compiler/ir/program.js'
import type { DType } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import type { Shape } from '../types/dims.js'
import type { Sym } from '../types/layer.js'
import type {
  Constraint,
  ConstraintName,
  Initializer,
  InitializerName,
  Regularizer,
  RegularizerName,
} from '../types/options.js'

/** Sizes of the symbols while a graph is written into a builder, e.g. N = 128. */
export type Sizes = ReadonlyMap<string, number>

/** Writes one node: its operands are already values; the result's concrete type follows from theirs. */
export type Emit = (b: Builder, operands: readonly Value[], sizes: Sizes) => Value

/** What a node stands for. */
export type Op =
  /** A value from outside: an input, a weight, a key. It is told apart by the identity of its node. */
  | { readonly kind: 'leaf'; readonly name: string }
  | { readonly kind: 'emit'; readonly name: string; readonly emit: Emit }
  /** A layer that is put in place when the mode, training or not, is known. */
  | { readonly kind: 'call'; readonly call: Call }
  /** A function of its operands given as a graph of its own, e.g. a derivative. */
  | { readonly kind: 'function'; readonly fn: GraphFunction }

/** A layer applied to a node. */
export interface Call {
  /** Names the weights; `undefined` where the layer stands in the place of the one around it. */
  readonly key: string | undefined
  readonly kind: string
  /** What was called: one key must always mean one identity. */
  readonly identity: object
  readonly expand: (x: Node, context: LayerContext) => Node
}

/** A weight as a layer asks for it. */
export interface WeightDeclaration {
  readonly shape: readonly number[]
  readonly initializer: InitializerName | Initializer
  /** State, such as a moving average, is not trainable: it changes by `context.update` only. */
  readonly trainable?: boolean
  readonly regularizer?: RegularizerName | Regularizer | undefined
  readonly constraint?: ConstraintName | Constraint | undefined
}

/** What a layer may ask of the model around it while it is put in place. */
export interface LayerContext {
  readonly training: boolean
  /** The weight of this layer under `name`; for state, its latest value. */
  readonly weight: (name: string, declaration: WeightDeclaration) => Node
  /** The next value of this layer's state `name`; kept while training only. */
  readonly update: (name: string, value: Node) => void
  /**
   * A fresh random key (u32[2]) for this layer in this step; the same for a layer's own `seed` at the same
   * step.
   */
  readonly random: (seed?: number) => Node
  /** Adds a scalar to the loss while training and evaluating. */
  readonly penalty: (value: Node) => void
}

/** A graph with parameters of its own, and what to write in its place. */
export interface GraphFunction {
  readonly name: string
  readonly parameters: readonly Node[]
  readonly results: readonly Node[]
  readonly emit: (site: FunctionSite) => Value
}

/**
 * Where a function is written: the function, and the values of its operands and of the leaves it closes
 * over.
 */
export interface FunctionSite {
  readonly b: Builder
  readonly sizes: Sizes
  readonly fn: GraphFunction
  readonly operands: readonly Value[]
  readonly free: ReadonlyMap<Node, Value>
  /** The layer that each node belongs to. */
  readonly sources: ReadonlyMap<Node, string> | undefined
}

/** A node: its symbolic shape, its element type, its operands, and what it stands for. */
export class Node implements Sym<Shape, unknown> {
  declare readonly '~shape': Shape
  readonly shape: Shape
  readonly dtype: DType
  readonly inputs: readonly Node[]
  readonly op: Op

  constructor(op: Op, inputs: readonly Node[], shape: Shape, dtype: DType) {
    this.op = op
    this.inputs = inputs
    this.shape = shape
    this.dtype = dtype
  }
}

/** A node again, its operands and the graph of its function looked up in `of`; itself where nothing differs. */
export const rebuiltNode = (node: Node, of: (node: Node) => Node): Node => {
  const inputs = node.inputs.map(of)
  const { op, shape, dtype } = node
  if (op.kind !== 'function')
    return inputs.every((input, i) => input === node.inputs[i]) ? node : new Node(op, inputs, shape, dtype)
  const fn = { ...op.fn, results: op.fn.results.map(of) }
  return new Node({ kind: 'function', fn }, inputs, shape, dtype)
}

/** A value from outside. */
export const leaf = (name: string, shape: Shape, dtype: DType = 'f32'): Node =>
  new Node({ kind: 'leaf', name }, [], shape, dtype)

/** An operation on nodes. */
export const operation = (
  name: string,
  inputs: readonly Node[],
  shape: Shape,
  dtype: DType,
  emit: Emit,
): Node => new Node({ kind: 'emit', name, emit }, inputs, shape, dtype)

/** What operations take: a node in the user's hands, or a number. */
export type Operand = Sym<unknown, unknown> | number

/**
 * A node as functions of the user's own get it and return it: of any shape. Not Sym<unknown>: TypeScript
 * would infer
 * the shapes inside from that return type, and `mul(x, 2)` would have an operand of unknown shape.
 */
export type AnyNode = Sym<Shape, unknown>

/** The node behind a Sym, which is operand `which` (from 0). Throws a user's fault for anything else. */
export const nodeOf = (x: unknown, op = 'graph', which?: number): Node => {
  if (x instanceof Node) return x
  const operand = which === undefined ? 'an operand' : `operand ${which + 1}`
  throw userFault('not-a-node', `${op}: ${operand} is ${describe(x)}, expected a node of the graph`, {
    suggestion: isTensor(x)
      ? 'write asNode(…) to make a node of it, or jit(f)(…) to compute with tensors'
      : 'pass what input, a layer or another graph operation returned',
  })
}

const isTensor = (x: unknown): boolean => typeof x === 'object' && x !== null && 'dims' in x && 'dtype' in x

const describe = (x: unknown): string => {
  if (typeof x === 'function') return 'a layer or a function'
  if (isTensor(x)) return 'a tensor'
  if (Array.isArray(x)) return 'an array'
  return x === null ? 'null' : typeof x === 'object' ? 'an object' : String(x)
}

/**
 * What the types call a value: nodes, layers and models carry members that exist only in types.
 * This is the one place where those are claimed.
 */
export const typed = <T>(value: unknown): T => value as T
