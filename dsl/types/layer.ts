/**
 * What a layer is: a type-level function from shapes to shapes, carried by a value.
 *
 * Members that begin with `~` exist only in types. A layer reads the shape it is applied to as `this['~in']`
 * and answers with `'~out'`, `'~params'` and `'~weights'`; applying it is to intersect it with that input.
 */
import type { DType, TypedArray } from '../../runtime/dtype.js'
import type { AnyError, NoMembers, Shape, ShapeError } from './dims.js'
import type { NeedsAName } from './wording.js'

export type { DType } from '../../runtime/dtype.js'

/** Numbers with a shape, in the user's hands: data, targets, weights. */
export interface Tensor<out S extends Shape, out D extends DType = 'f32'> {
  readonly '~shape': S
  readonly dtype: D
  /** The dimensions at run time. */
  readonly dims: readonly number[]
  /** The elements, row by row. */
  readonly data: TypedArray
  readonly '~is'?: 'a tensor' | undefined
}

/** Any tensor at all. */
export type AnyTensor = Tensor<Shape, DType>

/**
 * A node of a graph that is being built: its shape, and the union of the weights it depends on; `Sym<['N', 8]>` is a
 * node that may depend on any weights. What is no node, a tensor above all, is told apart by `'~is'`, whose types are
 * sentences: TypeScript shows them.
 */
export interface Sym<out S, out P = unknown> {
  readonly '~shape': S
  readonly '~entries'?: P
  readonly '~is'?:
    | 'a node of a graph; write asNode(…) to make one of a tensor, or jit(f)(…) to compute with tensors'
    | undefined
}

/**
 * One set of weights in a graph: its name, the layer that owns it, and the shape the layer was applied to.
 */
export interface Entry<out Name extends string, out L, out At> {
  readonly name: Name
  readonly layer: L
  readonly at: At
}

/** The type of a parameter: T when the shape rule succeeds, otherwise the sentence itself. */
export type Guard<Result, T> = Result extends ShapeError<infer Sentence> ? Sentence : T

/** What every layer has. It is the constraint everywhere, so it holds nothing that is dear to compare. */
export interface LayerFn {
  readonly kind: string
  readonly '~name': string
  readonly '~in': unknown
  /** Shape, or a ShapeError with the sentence that refuses `'~in'`. */
  readonly '~out': unknown
  /** A record of the trainable tensors. */
  readonly '~params': unknown
  /** A record of all tensors to keep: the trainable ones and the state, in Keras's order. */
  readonly '~weights': unknown
}

/** What concrete layers extend: it can be named, and called on the nodes of a graph. */
export interface Layer extends LayerFn {
  as<const Name extends string>(name: Name): Named<Name, this>
  <S, P>(x: Guard<Callable<this, S>, Sym<S, P>>): Sym<Called<this, S>, P | EntriesOf<this, S>>
}

/** A layer that nobody named yet. */
export interface Unnamed extends Layer {
  readonly '~name': ''
}

/** A layer whose weights are all trainable: it has no state. */
export interface Stateless extends Layer {
  readonly '~name': ''
  readonly '~weights': this['~params']
}

/** A layer without weights. */
export interface Weightless extends Layer {
  readonly '~name': ''
  readonly '~params': NoMembers
  readonly '~weights': NoMembers
}

/** L under a name, which keys its weights in a model. */
export interface Named<Name extends string, L extends LayerFn> extends Layer {
  readonly kind: L['kind']
  readonly '~name': Name
  readonly '~out': Apply<L, this['~in']>
  readonly '~params': ParamsAt<L, this['~in']>
  readonly '~weights': WeightsAt<L, this['~in']>
}

type At<L extends LayerFn, S> = L & { readonly '~in': S }

/**
 * The output shape of L on S. A failed shape passes through silently, so that one mistake gives one
 * diagnostic.
 */
export type Apply<L extends LayerFn, S> = S extends AnyError ? S : At<L, S>['~out']

/** The trainable tensors of L on S. */
export type ParamsAt<L extends LayerFn, S> = At<L, S>['~params']

/** All tensors of L on S, state included. */
export type WeightsAt<L extends LayerFn, S> = At<L, S>['~weights']

/** The weights that L on S brings into a graph. */
export type EntriesOf<L extends LayerFn, S> =
  NoMembers extends WeightsAt<L, S> ? never : Entry<L['~name'], L, S>

/** L's output shape on S, or the refusal: of the shape, or of a layer with weights that has no name. */
export type Callable<L extends LayerFn, S> = S extends AnyError
  ? unknown
  : NoMembers extends WeightsAt<L, S>
    ? Apply<L, S>
    : L['~name'] extends ''
      ? ShapeError<NeedsAName<L['kind']>>
      : Apply<L, S>

/** The shape that calling L on S gives; a refusal passes silently through what follows. */
type Called<L extends LayerFn, S> = S extends AnyError ? S : Callable<L, S>
