/**
 * Models as types: what they take, what they give, what weights they need; and the checks that building one
 * makes.
 */
import type { CheckWeights } from './apply.js'
import type { AnyError, IfRanked, IsUnion, NoMembers, Shape, ShapeError } from './dims.js'
import type { Apply, Callable, EntriesOf, Entry, Guard, LayerFn, ParamsAt, Sym, WeightsAt } from './layer.js'
import type { AnyWeights, RecordsOf, Seq } from './layers.js'
import type { EntriesOfTree } from './trees.js'
import type { SubstituteIn, Unify } from './unify.js'
import type { NameClash, NameTwice, NotALayer } from './wording.js'

/** The input of a model; 'N' is the batch. */
export interface Input<S extends Shape> {
  readonly kind: 'input'
  readonly shape: S
}

/** What is known of a model: input shape, output shape, and the part that carries the weights: a Seq or a Graph. */
export interface ModelData<In extends Shape, Out, Def> {
  readonly in: In
  readonly out: Out
  readonly def: Def
}

/** What every model of one input and one output can do. */
interface ModelFn<In extends Shape, Out, Def> extends ModelData<In, Out, Def>, LayerFn {
  readonly kind: 'model'
  readonly '~out': OutputAt<'model', In, Out, this['~in']>
  readonly '~params': ParamsOf<ModelData<In, Out, Def>>
  readonly '~weights': WeightsOf<ModelData<In, Out, Def>>
  /** The model under a name, which keys its weights where it is a layer of another model. */
  as<const Name extends string>(name: Name): NamedModel<Name, In, Out, Def>
  <S, P>(x: Guard<Callable<this, S>, Sym<S, P>>): Sym<Apply<this, S>, P | EntriesOf<this, S>>
  /**
   * The model on nodes, with nodes for its weights: what `jit` and `grad` are given. With `training: true` it gives
   * `output`, the `weights` with their state moved on, and the `penalty` of regularizers.
   */
  apply<W, S, P, Training extends boolean = false>(
    weights: Guard<CheckWeights<WeightsOf<ModelData<In, Out, Def>>, W>, W>,
    x: Guard<OutputAt<'apply', In, Out, S>, Sym<S, P>>,
    options?: ApplyOptions<Training>,
  ): Applied<Training, W, Sym<OutputAt<'apply', In, Out, S>, P | EntriesOfTree<W>>>
}

/**
 * A model: a function on the nodes of a graph, as a layer is, and a function of its weights. It is a layer of other
 * models, too; twice the same one shares its weights.
 */
export interface Model<In extends Shape, Out, Def> extends ModelFn<In, Out, Def> {
  readonly '~name': ''
}

/** A model under a name. */
export interface NamedModel<Name extends string, In extends Shape, Out, Def> extends ModelFn<In, Out, Def> {
  readonly '~name': Name
}

/** How a model is applied. */
export interface ApplyOptions<Training extends boolean> {
  /** Whether layers do what they do in training: dropout drops, batch normalization goes by the batch. */
  readonly training?: Training
  /** What dropout and its like draw from in training: u32[2], another one for each step. */
  readonly key?: Sym<[2], unknown>
}

/** What applying a model gives. */
export type Applied<Training extends boolean, W, Output> = Training extends true
  ? { readonly output: Output; readonly weights: W; readonly penalty: Sym<[], never> }
  : Output

/** The output shape of a model for an input of shape S, or the sentence that refuses it. */
export type OutputAt<Op extends string, In, Out, S> = S extends AnyError
  ? S
  : Out extends AnyError
    ? Out
    : Unify<Op, In, S> extends infer Bound
      ? Bound extends AnyError
        ? IfRanked<S | In, Bound>
        : SubstituteIn<Out, Bound>
      : never

/** What is known of a model with several named inputs and outputs. */
export interface MultiModelData<Ins, Outs, Def> {
  readonly ins: Ins
  readonly outs: Outs
  readonly def: Def
}

/** A model with several named inputs and outputs. */
export interface MultiModel<Ins, Outs, Def> extends MultiModelData<Ins, Outs, Def> {
  /** The model on nodes by name, with nodes for its weights, as `Model` has it. */
  apply<W, X extends Readonly<Record<keyof Ins, Sym<unknown, unknown>>>, Training extends boolean = false>(
    weights: Guard<CheckWeights<WeightsOf<MultiModelData<Ins, Outs, Def>>, W>, W>,
    x: X,
    options?: ApplyOptions<Training>,
  ): Applied<
    Training,
    W,
    {
      readonly [K in keyof Outs]: Sym<
        SubstituteIn<Outs[K], BoundBy<Ins, X>>,
        EntriesOfTree<W> | EntriesOfTree<X>
      >
    }
  >
}

type BoundBy<Ins, X> = UnionToIntersection<
  {
    [K in keyof Ins & keyof X]: X[K] extends Sym<infer S, unknown> ? Unify<'apply', Ins[K], S> : never
  }[keyof Ins & keyof X]
>

type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void
  ? I
  : never

/** The weights of a graph: a union of entries. */
export interface Graph<Entries> {
  readonly kind: 'graph'
  readonly '~entries': Entries
}

/** A model of one input and one output. */
export type AnyModel = ModelData<Shape, unknown, unknown>

/** A model of named inputs and outputs. */
export type AnyMultiModel = MultiModelData<
  Readonly<Record<string, Shape>>,
  Readonly<Record<string, unknown>>,
  unknown
>

// ---- weights

/** The trainable tensors of a model, by layer name. */
export type ParamsOf<M> = RecordsOfModel<'~params', M>

/** All tensors of a model by layer name: trainable ones and state, in Keras's order. */
export type WeightsOf<M> = RecordsOfModel<'~weights', M>

type RecordsOfModel<Which extends '~params' | '~weights', M> =
  M extends ModelData<infer In, unknown, infer Def>
    ? unknown extends Def
      ? AnyWeights
      : Def extends Seq<infer Layers>
        ? RecordsOf<Which, Layers, In>
        : RecordsOfGraph<Which, Def>
    : M extends MultiModelData<unknown, unknown, infer Def>
      ? unknown extends Def
        ? AnyWeights
        : RecordsOfGraph<Which, Def>
      : never

// Nodes whose weights a function has forgotten, as `(x: Sym<['N', 8]>) => …` does, leave the names to the run time.
type RecordsOfGraph<Which extends '~params' | '~weights', Def> =
  Def extends Graph<infer Entries>
    ? unknown extends Entries
      ? AnyWeights
      : { readonly [E in Entries as KeyOfEntry<Which, E>]: RecordOfEntry<Which, E> }
    : never

type KeyOfEntry<Which extends '~params' | '~weights', E> =
  E extends Entry<infer Name, unknown, unknown>
    ? NoMembers extends RecordOfEntry<Which, E>
      ? never
      : Name
    : never

type RecordOfEntry<Which, E> =
  E extends Entry<string, infer L extends LayerFn, infer S>
    ? Which extends '~params'
      ? ParamsAt<L, S>
      : WeightsAt<L, S>
    : never

// ---- sequential: every layer is checked at its own argument

/** [index, sentence] of the first layer that does not fit after S, or 'fits'. */
export type Check<
  Op extends string,
  Layers extends readonly unknown[],
  S,
  Index extends 0[] = [],
  Seen = never,
> = Index['length'] extends Layers['length']
  ? 'fits'
  : Layers[Index['length']] extends infer L extends LayerFn
    ? Apply<L, S> extends infer Out
      ? Out extends ShapeError<infer Sentence>
        ? [`${Index['length']}`, Sentence]
        : L['~name'] extends Seen
          ? [`${Index['length']}`, NameTwice<Op, L['~name']>]
          : Check<Op, Layers, Out, [...Index, 0], SeenWith<Seen, L['~name']>>
      : never
    : [`${Index['length']}`, NotALayer<Op, Index['length']>]

/** The same without shapes, for `seq`, whose input is not known yet. */
export type CheckNames<
  Op extends string,
  Layers extends readonly unknown[],
  Index extends 0[] = [],
  Seen = never,
> = Index['length'] extends Layers['length']
  ? 'fits'
  : Layers[Index['length']] extends infer L extends LayerFn
    ? L['~name'] extends Seen
      ? [`${Index['length']}`, NameTwice<Op, L['~name']>]
      : CheckNames<Op, Layers, [...Index, 0], SeenWith<Seen, L['~name']>>
    : [`${Index['length']}`, NotALayer<Op, Index['length']>]

type SeenWith<Seen, Name> = Name extends '' ? Seen : Seen | Name

/** The parameter type of argument K: its own type T, or the sentence when the check stopped there. */
export type Argument<Checked, T, K> = Checked extends [K, infer Sentence] ? Sentence : T

// ---- graph: one name must mean one layer at one shape

/** A refusal when some name among Entries stands for two layers or two input shapes; otherwise unknown. */
export type CheckEntries<Entries> = [ClashOf<Entries>] extends [never]
  ? unknown
  : ShapeError<NameClash<ClashOf<Entries>>>

type EntriesByName<Entries> = {
  // what has no name is refused where it is called
  [E in Entries as E extends Entry<infer Name, unknown, unknown> ? Exclude<Name, ''> : never]: E
}

type ClashOf<Entries, ByName = EntriesByName<Entries>> = {
  [Name in keyof ByName]: IsUnion<ByName[Name]> extends true ? Name : never
}[keyof ByName] &
  string

// ---- graphs: records of inputs and outputs. `& NoMembers` makes TypeScript print the record, not the name
// of its type.

/** The nodes that stand for the inputs. */
export type SymsOf<Inputs> = {
  readonly [K in keyof Inputs]: Inputs[K] extends Input<infer S> ? Sym<S, never> : never
}

/** The shapes of the inputs. */
export type ShapesOfInputs<Inputs> = {
  readonly [K in keyof Inputs]: Inputs[K] extends Input<infer S> ? S : never
} & NoMembers

/** The shapes of the output nodes. */
export type ShapesOfSyms<Outputs> = {
  readonly [K in keyof Outputs]: Outputs[K] extends Sym<infer S, unknown> ? S : never
} & NoMembers

/** The entries of all nodes in a record or a tuple, as one union. */
export type EntriesOfSyms<Syms> = {
  [K in keyof Syms]: Syms[K] extends Sym<unknown, infer Entries> ? Entries : never
}[keyof Syms] &
  NoMembers
