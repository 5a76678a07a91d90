/** Trees: nodes or tensors in records and lists, nested as one likes. A model's weights are one. */
import type { Dim, Shape } from './dims.js'
import type { AnyTensor, DType, Sym, Tensor } from './layer.js'

/** A node, or a record or list of such trees. */
export type NodeTree = Sym<unknown, unknown> | readonly NodeTree[] | { readonly [name: string]: NodeTree }

/** A tensor, or a record or list of such trees. */
export type TensorTree = AnyTensor | readonly TensorTree[] | { readonly [name: string]: TensorTree }

/** The tree of the nodes that stand for a tree of tensors, e.g. `NodesOf<WeightsOf<typeof model>>`. */
export type NodesOf<T> =
  T extends Tensor<infer S, DType> ? Sym<S> : { readonly [K in keyof T]: NodesOf<T[K]> }

/** The tensors that a tree of nodes becomes when it is run. */
export type TensorsOf<X> =
  X extends Sym<infer S, unknown>
    ? S extends Shape
      ? Tensor<S>
      : AnyTensor
    : { readonly [K in keyof X]: TensorsOf<X[K]> }

/** The tensors that may be given for a tree of nodes: a dimension without a literal takes any size. */
export type TensorsFor<X> =
  X extends Sym<infer S, unknown>
    ? S extends Shape
      ? Tensor<AnySizes<S>, DType>
      : AnyTensor
    : X extends object
      ? { readonly [K in keyof X]: TensorsFor<X[K]> }
      : 'an argument of a compiled function is a node, or a record or list of nodes'

type AnySizes<S extends Shape> = { [K in keyof S]: LiteralSize<S[K]> }
type LiteralSize<D extends Dim> = D extends string ? Dim : number extends D ? Dim : D

/** A tree of the shape of X whose nodes depend on the weights Q, too. */
export type AlsoFrom<X, Q> =
  X extends Sym<infer S, infer P> ? Sym<S, P | Q> : { readonly [K in keyof X]: AlsoFrom<X[K], Q> }

/** The weights that some node of a tree depends on. */
export type EntriesOfTree<X> =
  X extends Sym<unknown, infer P>
    ? P
    : X extends object
      ? { [K in keyof X]: EntriesOfTree<X[K]> }[keyof X]
      : never

/** A scalar of the kind of a tree's leaves: a tensor or a node. */
type ScalarOf<W> = W extends AnyTensor
  ? Tensor<[]>
  : W extends Sym<unknown, unknown>
    ? Sym<[]>
    : W extends readonly (infer Inner)[]
      ? ScalarOf<Inner>
      : ScalarOf<W[keyof W]>

/** What an optimizer keeps beside the weights W: nodes, or tensors. */
export type OptimizerState<W> = {
  /** Steps so far. */
  readonly iterations: ScalarOf<W>
  /** The rate of the next step. */
  readonly learningRate: ScalarOf<W>
  /** The optimizer's own numbers by their names, e.g. `momentum`, each of the form of the weights. */
  readonly slots: Readonly<Record<string, W>>
}

/** The weights and an optimizer's state after a step. */
export type Updated<W> = {
  readonly weights: W
  readonly state: OptimizerState<W>
}
