/**
 * Every sentence that refuses a shape, twice side by side: as a template literal type, which TypeScript
 * shows, and as a function, which the run-time rules throw. A test compares the two.
 */
import type { Dim, Shape, Show, ShowDim } from './dims.js'
import { show, showDim } from './show.js'

export { show, showDim } from './show.js'
export * from './wording-data.js'

// ---- sizes

/** dense: -3 is not a positive integer */
export type NotAPositiveInteger<Op extends string, U> = `${Op}: ${U & Dim} is not a positive integer`
/** The same at run time. */
export const notAPositiveInteger = (op: string, size: Dim) => `${op}: ${size} is not a positive integer`

// ---- elementwise operations

/** add: shapes [32] and [64] do not broadcast (32 vs 64) */
export type DoNotBroadcast<
  Op extends string,
  A,
  B,
  X,
  Y,
> = `${Op}: shapes ${Show<A>} and ${Show<B>} do not broadcast (${ShowDim<X>} vs ${ShowDim<Y>})`
/** The same at run time. */
export const doNotBroadcast = (op: string, a: Shape, b: Shape, x: Dim, y: Dim) =>
  `${op}: shapes ${show(a)} and ${show(b)} do not broadcast (${showDim(x)} vs ${showDim(y)})`

/** Only types can fail to know a dimension, so this sentence has no run-time twin; nor have its sisters below. */
export type OnlyAtRunTime<
  Op extends string,
  A,
  B,
> = `${Op}: ${Show<A>} and ${Show<B>} can be compared only at run time; narrow them with asShape first`

// ---- matmul

/** matmul: inner dimensions differ, [2, 3] x [4, 5] (3 vs 4) */
export type InnerDiffer<A, B, X, Y> =
  `matmul: inner dimensions differ, ${Show<A>} x ${Show<B>} (${ShowDim<X>} vs ${ShowDim<Y>})`
/** The same at run time. */
export const innerDiffer = (a: Shape, b: Shape, x: Dim, y: Dim) =>
  `matmul: inner dimensions differ, ${show(a)} x ${show(b)} (${showDim(x)} vs ${showDim(y)})`

/** matmul: inner dimensions of [2, 3] and [?, 5] are known only at run time; narrow them with asShape first */
export type InnerOnlyAtRunTime<A, B> =
  `matmul: inner dimensions of ${Show<A>} and ${Show<B>} are known only at run time; narrow them with asShape first`

/** matmul: left operand [3] must have rank 2 or more */
export type OperandRankTwo<
  Side extends 'left' | 'right',
  S,
> = `matmul: ${Side} operand ${Show<S>} must have rank 2 or more`
/** The same at run time. */
export const operandRankTwo = (side: 'left' | 'right', shape: Shape) =>
  `matmul: ${side} operand ${show(shape)} must have rank 2 or more`

// ---- concat

/** concat: ranks of [2, 3] and [2] differ */
export type RanksDiffer<A, B> = `concat: ranks of ${Show<A>} and ${Show<B>} differ`
/** The same at run time. */
export const ranksDiffer = (a: Shape, b: Shape) => `concat: ranks of ${show(a)} and ${show(b)} differ`

/** concat: [N, 4] and [M, 5] differ on axis 0 (N vs M), only axis 1 may differ */
export type DifferOnAxis<
  A,
  B,
  Axis extends number | string,
  X,
  Y,
  Along extends number | string,
> = `concat: ${Show<A>} and ${Show<B>} differ on axis ${Axis} (${ShowDim<X>} vs ${ShowDim<Y>}), only axis ${Along} may differ`
/** The same at run time. */
export const differOnAxis = (a: Shape, b: Shape, axis: number, x: Dim, y: Dim, along: number) =>
  `concat: ${show(a)} and ${show(b)} differ on axis ${axis} (${showDim(x)} vs ${showDim(y)}), only axis ${along} may differ`

// ---- axes

/** mean: axis 2 is out of range for [N, 2] */
export type AxisOutOfRange<
  Op extends string,
  S,
  Axis extends number,
> = `${Op}: axis ${Axis} is out of range for ${Show<S>}`
/** The same at run time. */
export const axisOutOfRange = (op: string, shape: Shape, axis: number) =>
  `${op}: axis ${axis} is out of range for ${show(shape)}`

/** sum: axes [1, -1] repeat */
export type AxesRepeat<Op extends string, Axes> = `${Op}: axes ${Show<Axes>} repeat`
/** The same at run time. */
export const axesRepeat = (op: string, axes: readonly number[]) => `${op}: axes ${show(axes)} repeat`

/** mean: the axis is known only at run time; write it as a literal */
export type AxisOnlyAtRunTime<Op extends string> =
  `${Op}: the axis is known only at run time; write it as a literal`

/** permute: [0, 1] does not permute the axes of [N, 2, 3] */
export type DoesNotPermute<S, Axes> = `permute: ${Show<Axes>} does not permute the axes of ${Show<S>}`
/** The same at run time. */
export const doesNotPermute = (shape: Shape, axes: readonly number[]) =>
  `permute: ${show(axes)} does not permute the axes of ${show(shape)}`

// ---- reshape

/** reshape: cannot view [28, 28] (784 elements) as [7, 100] (700 elements) */
export type CannotView<S, T, Have, Want> =
  `reshape: cannot view ${Show<S>} (${ShowDim<Have>} elements) as ${Show<T>} (${ShowDim<Want>} elements)`
/** The same at run time. */
export const cannotView = (from: Shape, to: Shape, have: Dim, want: Dim) =>
  `reshape: cannot view ${show(from)} (${showDim(have)} elements) as ${show(to)} (${showDim(want)} elements)`

/** reshape: [6, 4] (24 elements) is not divisible by 5 to fill -1 in [-1, 5] */
export type NotDivisible<S, T, Have, By> =
  `reshape: ${Show<S>} (${ShowDim<Have>} elements) is not divisible by ${ShowDim<By>} to fill -1 in ${Show<T>}`
/** The same at run time. */
export const notDivisible = (from: Shape, to: Shape, have: Dim, by: Dim) =>
  `reshape: ${show(from)} (${showDim(have)} elements) is not divisible by ${showDim(by)} to fill -1 in ${show(to)}`

/** reshape: cannot fill -1 in [M, -1] from [6, 4] */
export type CannotFill<S, T> = `reshape: cannot fill -1 in ${Show<T>} from ${Show<S>}`
/** The same at run time. */
export const cannotFill = (from: Shape, to: Shape) =>
  `reshape: cannot fill -1 in ${show(to)} from ${show(from)}`

/** reshape: only one -1 allowed in [-1, -1] */
export type OnlyOneFill<T> = `reshape: only one -1 allowed in ${Show<T>}`
/** The same at run time. */
export const onlyOneFill = (to: Shape) => `reshape: only one -1 allowed in ${show(to)}`

/** reshape: size of [N, ?] is known only at run time; use asShape */
export type SizeOnlyAtRunTime<S> = `reshape: size of ${Show<S>} is known only at run time; use asShape`

// ---- einsum

/** einsum 'ij,jk->ik': index j is 3 and also 2 */
export type EinsumIndexDiffers<
  Eq extends string,
  Index extends string,
  X,
  Y,
> = `einsum '${Eq}': index ${Index} is ${ShowDim<X>} and also ${ShowDim<Y>}`
/** The same at run time. */
export const einsumIndexDiffers = (eq: string, index: string, x: Dim, y: Dim) =>
  `einsum '${eq}': index ${index} is ${showDim(x)} and also ${showDim(y)}`

/** einsum 'ij,jk->ik': index j is known only at run time; narrow it with asShape first */
export type EinsumIndexOnlyAtRunTime<
  Eq extends string,
  Index extends string,
> = `einsum '${Eq}': index ${Index} is known only at run time; narrow it with asShape first`

/** einsum 'ijk->i': operand [2, 3] has fewer axes than its subscripts */
export type EinsumAxes<
  Eq extends string,
  S,
  How extends 'fewer' | 'more',
> = `einsum '${Eq}': operand ${Show<S>} has ${How} axes than its subscripts`
/** The same at run time. */
export const einsumAxes = (eq: string, operand: Shape, how: 'fewer' | 'more') =>
  `einsum '${eq}': operand ${show(operand)} has ${how} axes than its subscripts`

/** einsum 'ij,jk->ik': wrong number of operands */
export type EinsumOperands<Eq extends string> = `einsum '${Eq}': wrong number of operands`
/** The same at run time. */
export const einsumOperands = (eq: string) => `einsum '${eq}': wrong number of operands`

/** einsum 'ij->ik': output index k does not occur in any operand */
export type EinsumOutputUnknown<
  Eq extends string,
  Index extends string,
> = `einsum '${Eq}': output index ${Index} does not occur in any operand`
/** The same at run time. */
export const einsumOutputUnknown = (eq: string, index: string) =>
  `einsum '${eq}': output index ${index} does not occur in any operand`

/** einsum 'ij->ii': output index i occurs twice */
export type EinsumOutputRepeats<
  Eq extends string,
  Index extends string,
> = `einsum '${Eq}': output index ${Index} occurs twice`
/** The same at run time. */
export const einsumOutputRepeats = (eq: string, index: string) =>
  `einsum '${eq}': output index ${index} occurs twice`

/** einsum 'ij': expected '<inputs>-><output>' */
export type EinsumForm<Eq extends string> = `einsum '${Eq}': expected '<inputs>-><output>'`
/** The same at run time. */
export const einsumForm = (eq: string) => `einsum '${eq}': expected '<inputs>-><output>'`

// ---- layers

/** dense: input [] must have rank 1 or more */
export type RankOneOrMore<Op extends string, S> = `${Op}: input ${Show<S>} must have rank 1 or more`
/** The same at run time. */
export const rankOneOrMore = (op: string, shape: Shape) =>
  `${op}: input ${show(shape)} must have rank 1 or more`

/** dense: expected last dimension 32, received 31 */
export type WrongLastDim<
  Op extends string,
  Want,
  Got,
> = `${Op}: expected last dimension ${ShowDim<Want>}, received ${ShowDim<Got>}`
/** The same at run time. */
export const wrongLastDim = (op: string, want: Dim, got: Dim) =>
  `${op}: expected last dimension ${showDim(want)}, received ${showDim(got)}`

/** dense: last dimension of [N, ?] is known only at run time; narrow it with asShape first */
export type LastDimOnlyAtRunTime<
  Op extends string,
  S,
> = `${Op}: last dimension of ${Show<S>} is known only at run time; narrow it with asShape first`

/** residual: block maps [N, 32] to [N, 64], which cannot be added to its input */
export type ResidualDiffers<From, To> =
  `residual: block maps ${Show<From>} to ${Show<To>}, which cannot be added to its input`
/** The same at run time. */
export const residualDiffers = (from: Shape, to: Shape) =>
  `residual: block maps ${show(from)} to ${show(to)}, which cannot be added to its input`

// ---- layers that look through windows

/** conv2d: kernel 5 is larger than the padded input 3 */
export type KernelTooLarge<
  Op extends string,
  Kernel,
  In,
> = `${Op}: kernel ${ShowDim<Kernel>} is larger than the padded input ${ShowDim<In>}`
/** The same at run time. */
export const kernelTooLarge = (op: string, kernel: Dim, input: Dim) =>
  `${op}: kernel ${showDim(kernel)} is larger than the padded input ${showDim(input)}`

/** conv2d: input [N, 32] must be [batch, ..., height, width, channels] */
export type MustBeImages<
  Op extends string,
  S,
> = `${Op}: input ${Show<S>} must be [batch, ..., height, width, channels]`
/** The same at run time. */
export const mustBeImages = (op: string, shape: Shape) =>
  `${op}: input ${show(shape)} must be [batch, ..., height, width, channels]`

/** conv2d: input [N, 28, 28] has no channels; write input([28, 28, 1]) */
export type NoChannels<
  Op extends string,
  S,
  H,
  W,
> = `${Op}: input ${Show<S>} has no channels; write input([${ShowDim<H>}, ${ShowDim<W>}, 1])`
/** The same at run time. */
export const noChannels = (op: string, shape: Shape, height: Dim, width: Dim) =>
  `${op}: input ${show(shape)} has no channels; write input([${showDim(height)}, ${showDim(width)}, 1])`

/** conv2d: 3 channels do not fall into 2 groups */
export type NotIntoGroups<
  Op extends string,
  Count,
  What extends string,
  Groups,
> = `${Op}: ${ShowDim<Count>} ${What} do not fall into ${ShowDim<Groups>} groups`
/** The same at run time. */
export const notIntoGroups = (op: string, count: Dim, what: string, groups: Dim) =>
  `${op}: ${showDim(count)} ${what} do not fall into ${showDim(groups)} groups`

// ---- models

/** sequential: argument 1 is not a layer */
export type NotALayer<Op extends string, Index extends number> = `${Op}: argument ${Index} is not a layer`
/** The same at run time. */
export const notALayer = (op: string, index: number) => `${op}: argument ${index} is not a layer`

/** sequential: a model begins with its input; write sequential(input(…), …) */
export type NoInputFirst<Op extends string> = `${Op}: a model begins with its input; write ${Op}(input(…), …)`

/** sequential: layers are arguments, not an array; write sequential(input(…), dense(…), …) */
export type NoArray<Op extends string> =
  `${Op}: layers are arguments, not an array; write ${Op}(input(…), dense(…), …)`

/** sequential: the name 'x' is used twice */
export type NameTwice<Op extends string, Name extends string> = `${Op}: the name '${Name}' is used twice`
/** The same at run time. */
export const nameTwice = (op: string, name: string) => `${op}: the name '${name}' is used twice`

/** graph: the name 'f' is used for two different layers or input shapes */
export type NameClash<Name extends string> =
  `graph: the name '${Name}' is used for two different layers or input shapes`
/** The same at run time. */
export const nameClash = (name: string) =>
  `graph: the name '${name}' is used for two different layers or input shapes`

/** dense: a layer with parameters needs a name inside a graph, e.g. dense(...).as('fc1') */
export type NeedsAName<Kind extends string> = Kind extends 'model'
  ? `model: a model needs a name inside a graph, e.g. model.as('encoder')`
  : `${Kind}: a layer with parameters needs a name inside a graph, e.g. ${Kind}(...).as('fc1')`
/** The same at run time. */
export const needsAName = (kind: string) =>
  kind === 'model'
    ? `model: a model needs a name inside a graph, e.g. model.as('encoder')`
    : `${kind}: a layer with parameters needs a name inside a graph, e.g. ${kind}(...).as('fc1')`
