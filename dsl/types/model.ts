/**
 * Models as types: what they take, what they give, what weights they need; and the checks that building one
 * makes.
 */
import type { IsUnion, NoMembers, Shape, ShapeError } from './dims.js'
import type { Apply, Entry, LayerFn, ParamsAt, Sym, WeightsAt } from './layer.js'
import type { AnyWeights, RecordsOf, Seq } from './layers.js'
import type { NameClash, NameTwice, NotALayer } from './wording.js'

/** The input of a model; 'N' is the batch. */
export interface Input<S extends Shape> {
  readonly kind: 'input'
  readonly shape: S
}

/** A model: input shape, output shape, and the part that carries the weights: a Seq or a Graph. */
export interface Model<In extends Shape, Out, Def> {
  readonly in: In
  readonly out: Out
  readonly def: Def
}

/** A model with several named inputs and outputs. */
export interface MultiModel<Ins, Outs, Def> {
  readonly ins: Ins
  readonly outs: Outs
  readonly def: Def
}

/** The weights of a graph: a union of entries. */
export interface Graph<Entries> {
  readonly kind: 'graph'
  readonly '~entries': Entries
}

/** A model of one input and one output. */
export type AnyModel = Model<Shape, unknown, unknown>

/** A model of named inputs and outputs. */
export type AnyMultiModel = MultiModel<
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
  M extends Model<infer In, unknown, infer Def>
    ? unknown extends Def
      ? AnyWeights
      : Def extends Seq<infer Layers>
        ? RecordsOf<Which, Layers, In>
        : RecordsOfGraph<Which, Def>
    : M extends MultiModel<unknown, unknown, infer Def>
      ? unknown extends Def
        ? AnyWeights
        : RecordsOfGraph<Which, Def>
      : never

type RecordsOfGraph<Which extends '~params' | '~weights', Def> =
  Def extends Graph<infer Entries>
    ? { readonly [E in Entries as KeyOfEntry<Which, E>]: RecordOfEntry<Which, E> }
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
  [E in Entries as E extends Entry<infer Name, unknown, unknown> ? Name : never]: E
}

type ClashOf<Entries, ByName = EntriesByName<Entries>> = {
  [Name in keyof ByName]: IsUnion<ByName[Name]> extends true ? Name : never
}[keyof ByName] &
  string

// ---- graphs: records of inputs and outputs. `& NoMembers` makes TypeScript print the record, not the name
// of its type.

/** The nodes that stand for the inputs. */
export type SymsOf<Inputs> = {
  readonly [K in keyof Inputs]: Inputs[K] extends Input<infer S> ? Sym<S> : never
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
