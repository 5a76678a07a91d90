/** What a training reports, as types: the names of loss and metrics follow from what was given. */
import type { IsUnion, NoMembers } from './dims.js'
import type { MultiModel } from './model.js'
import type { metricNames, NameIn } from './names.js'
import type { Feedable, Known } from './training.js'
import type { NotAMetric } from './wording.js'

/** A metric by name, or a metric itself. */
export type MetricGiven = NameIn<typeof metricNames> | { readonly name: string; readonly values: unknown }

// Any string passes here, so that it is refused in words below; editors still offer the names.
type MetricSaid = MetricGiven | (string & NoMembers)

/** Metrics for all outputs, or for each by name. */
export type MetricsGiven = readonly MetricSaid[] | Readonly<Record<string, readonly MetricSaid[]>>

/** The parameter type of a list of metrics: the list, with a sentence in the place of what is no metric. */
type ListOf<K> = {
  readonly [I in keyof K]: K[I] extends MetricGiven
    ? K[I]
    : K[I] extends string
      ? NotAMetric<K[I]>
      : MetricGiven
}

interface MetricTypes<M, K> {
  readonly any: K
  readonly one: K extends readonly unknown[] ? ListOf<K> : readonly MetricGiven[]
  readonly named: K extends readonly unknown[]
    ? ListOf<K>
    : { readonly [O in keyof OutsOf<M> & string]?: O extends keyof K ? ListOf<K[O]> : readonly MetricGiven[] }
}

/** The parameter type of metrics K of a model. */
export type MetricsFor<M, K> = Feedable extends M
  ? K
  : K extends readonly []
    ? K
    : MetricTypes<M, K>[Known<M>]

type OutsOf<M> = M extends MultiModel<unknown, infer Outs, unknown> ? Outs : never

type NameOf<Metric> = Metric extends string
  ? Metric
  : Metric extends { readonly name: infer Name }
    ? Name
    : never

/** The names of metrics in a list, or in the lists of some outputs. */
type NamesIn<K> = K extends readonly (infer Metric)[] ? NameOf<Metric> : NamesInRecord<K>
type NamesInRecord<K> = {
  [O in keyof K]: K[O] extends readonly (infer Metric)[] ? NameOf<Metric> : never
}[keyof K]

/** The same with the output's name before each, as models of several outputs report them. */
type NamesByOutput<Outs, K> = {
  [O in keyof Outs & string]:
    | `${O}_loss`
    | `${O}_${(K extends readonly unknown[] ? NamesIn<K> : O extends keyof K ? NamesIn<K[O]> : never) & string}`
}[keyof Outs & string]

interface NameTypes<M, K> {
  readonly any: string
  readonly one: 'loss' | NamesIn<K>
  readonly named: 'loss' | (IsUnion<keyof OutsOf<M>> extends true ? NamesByOutput<OutsOf<M>, K> : NamesIn<K>)
}

/** The names of the numbers that a model with metrics K, and J with weights, reports; `string` where they are not known. */
export type LogNames<M, K, J> = true extends
  | ([K] extends [never] ? true : false)
  | ([M] extends [never] ? true : false)
  ? string
  : // where a metric has the name already, a weighted one is `weighted_…`: which it is, is left to the run time
    [J] extends [readonly []]
    ? Extract<NameTypes<M, K>[Known<M>], string>
    : string

/** One number for each name. */
export type Scores<Names extends string = string> = string extends Names
  ? Readonly<Record<string, number>>
  : { readonly [Name in Names]: number }

/** For each name one number an epoch, and such of the validation where there is one. */
export type Columns<Names extends string = string> = string extends Names
  ? Readonly<Record<string, readonly number[]>>
  : { readonly [Name in Names]: readonly number[] } & {
      readonly [Name in `val_${Names}`]?: readonly number[]
    }

/** The numbers of a training, epoch by epoch. */
export interface History<Names extends string = string> {
  /** The number of each finished epoch, from 0. */
  readonly epoch: readonly number[]
  /** For each name one number for each epoch. */
  readonly history: Columns<Names>
  /** Wall-clock seconds of each epoch, validation included. */
  readonly seconds: readonly number[]
  /** Why the training ended before its last epoch: `interrupted`, or the reason of a callback. */
  readonly stopped?: string
}
