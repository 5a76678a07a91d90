/**
 * Einsum as a type: 'bij,bjk->bik' binds each index to a dimension, operand by operand, and reads the output
 * off.
 */
import type { AnyError, Dim, IfRanked, NoMembers, SameDim, Shape, ShapeError } from './dims.js'
import type {
  EinsumAxes,
  EinsumForm,
  EinsumIndexDiffers,
  EinsumIndexOnlyAtRunTime,
  EinsumOperands,
  EinsumOutputRepeats,
  EinsumOutputUnknown,
} from './wording.js'

/** The output shape of the equation Eq on operands of Shapes. */
export type Einsum<Eq extends string, Shapes> = IfRanked<MembersOf<Shapes>, EinsumRanked<Eq, Shapes>>

type MembersOf<Shapes> = Shapes extends readonly unknown[] ? Shapes[number] : never

type EinsumRanked<Eq extends string, Shapes> = Eq extends `${infer Inputs}->${infer Output}`
  ? BindOperands<Inputs, Shapes, NoMembers, Eq> extends infer Bound
    ? Bound extends AnyError
      ? Bound
      : ReadOutput<Output, Bound, Eq>
    : never
  : ShapeError<EinsumForm<Eq>>

type BindOperands<
  Inputs extends string,
  Shapes,
  Bound,
  Eq extends string,
> = Inputs extends `${infer Indices},${infer MoreInputs}`
  ? Shapes extends readonly [infer S, ...infer MoreShapes]
    ? BindIndices<Indices, S, Bound, Eq, S> extends infer Next
      ? Next extends AnyError
        ? Next
        : BindOperands<MoreInputs, MoreShapes, Next, Eq>
      : never
    : ShapeError<EinsumOperands<Eq>>
  : Shapes extends readonly [infer S]
    ? BindIndices<Inputs, S, Bound, Eq, S>
    : ShapeError<EinsumOperands<Eq>>

type BindIndices<
  Indices extends string,
  S,
  Bound,
  Eq extends string,
  Whole,
> = Indices extends `${infer Index}${infer MoreIndices}`
  ? S extends readonly [infer D, ...infer MoreDims]
    ? Index extends keyof Bound
      ? SameDim<Bound[Index], D> extends infer Same
        ? Same extends 'yes'
          ? BindIndices<MoreIndices, MoreDims, Bound, Eq, Whole>
          : Same extends 'maybe'
            ? ShapeError<EinsumIndexOnlyAtRunTime<Eq, Index>>
            : ShapeError<EinsumIndexDiffers<Eq, Index, Bound[Index], D>>
        : never
      : BindIndices<MoreIndices, MoreDims, Bound & { readonly [k in Index]: D }, Eq, Whole>
    : ShapeError<EinsumAxes<Eq, Whole, 'fewer'>>
  : S extends readonly []
    ? Bound
    : ShapeError<EinsumAxes<Eq, Whole, 'more'>>

type ReadOutput<
  Output extends string,
  Bound,
  Eq extends string,
  Seen = never,
  Out extends Shape = [],
> = Output extends `${infer Index}${infer Rest}`
  ? Index extends Seen
    ? ShapeError<EinsumOutputRepeats<Eq, Index>>
    : Index extends keyof Bound
      ? ReadOutput<Rest, Bound, Eq, Seen | Index, [...Out, Bound[Index] & Dim]>
      : ShapeError<EinsumOutputUnknown<Eq, Index>>
  : Out
