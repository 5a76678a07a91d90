/** Whether a tree of nodes is the weights of a model: one sentence where it is not. */
import type { SameShape, Shape, ShapeError, Show } from './dims.js'
import type { DType, Sym, Tensor } from './layer.js'

/** A refusal of nodes Got for the tensors Want of a model, or unknown. Weights that are not known are left to the run time. */
export type CheckWeights<Want, Got> = [Want] extends [never]
  ? unknown
  : unknown extends Got
    ? unknown
    : OneOf<Mistakes<Want, Got, ''>> extends infer Sentence extends string
      ? [Sentence] extends [never]
        ? unknown
        : ShapeError<Sentence>
      : unknown

type Mistakes<Want, Got, Path extends string> =
  Want extends Tensor<infer S, DType>
    ? Got extends Tensor<Shape, DType>
      ? `apply: the weight ${Path} is a tensor; jit makes nodes of the tensors that it is given`
      : Got extends Sym<infer T, unknown>
        ? SameShape<S, T> extends 'no'
          ? `apply: the weight ${Path} is ${Show<T>}, the model needs ${Show<S>}`
          : never
        : `apply: the weight ${Path} is not a node`
    :
        | {
            [K in keyof Want & string]: K extends keyof Got
              ? Mistakes<Want[K], Got[K], At<Path, K>>
              : Missing<At<Path, K>>
          }[keyof Want & string]
        | Extra<Exclude<keyof Got & string, keyof Want>, Path>

type At<Path extends string, K extends string> = Path extends '' ? K : `${Path}.${K}`

type Missing<Path extends string> = `apply: the weight ${Path} is missing`

type Extra<K extends string, Path extends string> = [K] extends [never]
  ? never
  : `apply: ${At<Path, K>} has no place in the model`

/** One member of a union: functions intersect, and the last overload is the one that is inferred from. */
type OneOf<U> = [U] extends [never]
  ? never
  : (U extends unknown ? (f: (x: U) => void) => void : never) extends (f: infer F) => void
    ? F extends (x: infer Last) => void
      ? Last
      : never
    : never
