/**
 * Every sentence that refuses a shape, twice side by side: as a template literal type, which TypeScript shows,
 * and as a function, which the run-time rules throw. A test compares the two.
 */
import type { Dim, Shape, Show, ShowDim } from './dims.js'

/** A dimension in a sentence; the run time knows every number, so nothing here reads `?`. */
export const showDim = (dim: Dim): string => `${dim}`

/** A shape in a sentence: `[N, 28, 28]`. */
export const show = (shape: Shape): string => `[${shape.map(showDim).join(', ')}]`

// ---- sizes

export type NotAPositiveInteger<Op extends string, U> = `${Op}: ${U & Dim} is not a positive integer`
export const notAPositiveInteger = (op: string, size: Dim) => `${op}: ${size} is not a positive integer`

// ---- elementwise operations

export type DoNotBroadcast<
  Op extends string,
  A,
  B,
  X,
  Y,
> = `${Op}: shapes ${Show<A>} and ${Show<B>} do not broadcast (${ShowDim<X>} vs ${ShowDim<Y>})`
export const doNotBroadcast = (op: string, a: Shape, b: Shape, x: Dim, y: Dim) =>
  `${op}: shapes ${show(a)} and ${show(b)} do not broadcast (${showDim(x)} vs ${showDim(y)})`

/** Only types can fail to know a dimension, so this sentence has no run-time twin; nor have its sisters below. */
export type OnlyAtRunTime<
  Op extends string,
  A,
  B,
> = `${Op}: ${Show<A>} and ${Show<B>} can be compared only at run time; narrow them with asShape first`

// ---- matmul

export type InnerDiffer<A, B, X, Y> =
  `matmul: inner dimensions differ, ${Show<A>} x ${Show<B>} (${ShowDim<X>} vs ${ShowDim<Y>})`
export const innerDiffer = (a: Shape, b: Shape, x: Dim, y: Dim) =>
  `matmul: inner dimensions differ, ${show(a)} x ${show(b)} (${showDim(x)} vs ${showDim(y)})`

export type InnerOnlyAtRunTime<A, B> =
  `matmul: inner dimensions of ${Show<A>} and ${Show<B>} are known only at run time; narrow them with asShape first`

export type OperandRankTwo<
  Side extends 'left' | 'right',
  S,
> = `matmul: ${Side} operand ${Show<S>} must have rank 2 or more`
export const operandRankTwo = (side: 'left' | 'right', shape: Shape) =>
  `matmul: ${side} operand ${show(shape)} must have rank 2 or more`

// ---- concat

export type RanksDiffer<A, B> = `concat: ranks of ${Show<A>} and ${Show<B>} differ`
export const ranksDiffer = (a: Shape, b: Shape) => `concat: ranks of ${show(a)} and ${show(b)} differ`

export type DifferOnAxis<
  A,
  B,
  Axis extends number | string,
  X,
  Y,
  Along extends number | string,
> = `concat: ${Show<A>} and ${Show<B>} differ on axis ${Axis} (${ShowDim<X>} vs ${ShowDim<Y>}), only axis ${Along} may differ`
export const differOnAxis = (a: Shape, b: Shape, axis: number, x: Dim, y: Dim, along: number) =>
  `concat: ${show(a)} and ${show(b)} differ on axis ${axis} (${showDim(x)} vs ${showDim(y)}), only axis ${along} may differ`

// ---- axes

export type AxisOutOfRange<
  Op extends string,
  S,
  Axis extends number,
> = `${Op}: axis ${Axis} is out of range for ${Show<S>}`
export const axisOutOfRange = (op: string, shape: Shape, axis: number) =>
  `${op}: axis ${axis} is out of range for ${show(shape)}`

export type AxesRepeat<Op extends string, Axes> = `${Op}: axes ${Show<Axes>} repeat`
export const axesRepeat = (op: string, axes: readonly number[]) => `${op}: axes ${show(axes)} repeat`

export type AxisOnlyAtRunTime<Op extends string> =
  `${Op}: the axis is known only at run time; write it as a literal`

export type DoesNotPermute<S, Axes> = `permute: ${Show<Axes>} does not permute the axes of ${Show<S>}`
export const doesNotPermute = (shape: Shape, axes: readonly number[]) =>
  `permute: ${show(axes)} does not permute the axes of ${show(shape)}`

// ---- reshape

export type CannotView<S, T, Have, Want> =
  `reshape: cannot view ${Show<S>} (${ShowDim<Have>} elements) as ${Show<T>} (${ShowDim<Want>} elements)`
export const cannotView = (from: Shape, to: Shape, have: Dim, want: Dim) =>
  `reshape: cannot view ${show(from)} (${showDim(have)} elements) as ${show(to)} (${showDim(want)} elements)`

export type NotDivisible<S, T, Have, By> =
  `reshape: ${Show<S>} (${ShowDim<Have>} elements) is not divisible by ${ShowDim<By>} to fill -1 in ${Show<T>}`
export const notDivisible = (from: Shape, to: Shape, have: Dim, by: Dim) =>
  `reshape: ${show(from)} (${showDim(have)} elements) is not divisible by ${showDim(by)} to fill -1 in ${show(to)}`

export type CannotFill<S, T> = `reshape: cannot fill -1 in ${Show<T>} from ${Show<S>}`
export const cannotFill = (from: Shape, to: Shape) =>
  `reshape: cannot fill -1 in ${show(to)} from ${show(from)}`

export type OnlyOneFill<T> = `reshape: only one -1 allowed in ${Show<T>}`
export const onlyOneFill = (to: Shape) => `reshape: only one -1 allowed in ${show(to)}`

export type SizeOnlyAtRunTime<S> = `reshape: size of ${Show<S>} is known only at run time; use asShape`

// ---- einsum

export type EinsumIndexDiffers<
  Eq extends string,
  Index extends string,
  X,
  Y,
> = `einsum '${Eq}': index ${Index} is ${ShowDim<X>} and also ${ShowDim<Y>}`
export const einsumIndexDiffers = (eq: string, index: string, x: Dim, y: Dim) =>
  `einsum '${eq}': index ${index} is ${showDim(x)} and also ${showDim(y)}`

export type EinsumIndexOnlyAtRunTime<
  Eq extends string,
  Index extends string,
> = `einsum '${Eq}': index ${Index} is known only at run time; narrow it with asShape first`

export type EinsumAxes<
  Eq extends string,
  S,
  How extends 'fewer' | 'more',
> = `einsum '${Eq}': operand ${Show<S>} has ${How} axes than its subscripts`
export const einsumAxes = (eq: string, operand: Shape, how: 'fewer' | 'more') =>
  `einsum '${eq}': operand ${show(operand)} has ${how} axes than its subscripts`

export type EinsumOperands<Eq extends string> = `einsum '${Eq}': wrong number of operands`
export const einsumOperands = (eq: string) => `einsum '${eq}': wrong number of operands`

export type EinsumOutputUnknown<
  Eq extends string,
  Index extends string,
> = `einsum '${Eq}': output index ${Index} does not occur in any operand`
export const einsumOutputUnknown = (eq: string, index: string) =>
  `einsum '${eq}': output index ${index} does not occur in any operand`

export type EinsumOutputRepeats<
  Eq extends string,
  Index extends string,
> = `einsum '${Eq}': output index ${Index} occurs twice`
export const einsumOutputRepeats = (eq: string, index: string) =>
  `einsum '${eq}': output index ${index} occurs twice`

export type EinsumForm<Eq extends string> = `einsum '${Eq}': expected '<inputs>-><output>'`
export const einsumForm = (eq: string) => `einsum '${eq}': expected '<inputs>-><output>'`

// ---- layers

export type RankOneOrMore<Op extends string, S> = `${Op}: input ${Show<S>} must have rank 1 or more`
export const rankOneOrMore = (op: string, shape: Shape) =>
  `${op}: input ${show(shape)} must have rank 1 or more`

export type WrongLastDim<
  Op extends string,
  Want,
  Got,
> = `${Op}: expected last dimension ${ShowDim<Want>}, received ${ShowDim<Got>}`
export const wrongLastDim = (op: string, want: Dim, got: Dim) =>
  `${op}: expected last dimension ${showDim(want)}, received ${showDim(got)}`

export type LastDimOnlyAtRunTime<
  Op extends string,
  S,
> = `${Op}: last dimension of ${Show<S>} is known only at run time; narrow it with asShape first`

export type ResidualDiffers<From, To> =
  `residual: block maps ${Show<From>} to ${Show<To>}, which cannot be added to its input`
export const residualDiffers = (from: Shape, to: Shape) =>
  `residual: block maps ${show(from)} to ${show(to)}, which cannot be added to its input`

// ---- models

export type NotALayer<Op extends string, Index extends number> = `${Op}: argument ${Index} is not a layer`
export const notALayer = (op: string, index: number) => `${op}: argument ${index} is not a layer`

export type NameTwice<Op extends string, Name extends string> = `${Op}: the name '${Name}' is used twice`
export const nameTwice = (op: string, name: string) => `${op}: the name '${name}' is used twice`

export type NameClash<Name extends string> =
  `graph: the name '${Name}' is used for two different layers or input shapes`
export const nameClash = (name: string) =>
  `graph: the name '${name}' is used for two different layers or input shapes`

export type NeedsAName<Kind extends string> =
  `${Kind}: a layer with parameters needs a name inside a graph, e.g. ${Kind}(...).as('fc1')`
export const needsAName = (kind: string) =>
  `${kind}: a layer with parameters needs a name inside a graph, e.g. ${kind}(...).as('fc1')`

// ---- data: what a model or a loss expects, what it was given

export type Expected<
  Op extends string,
  Want,
  Got,
  X,
  Y,
> = `${Op}: expected ${Show<Want>}, received ${Show<Got>} (${ShowDim<X>} vs ${ShowDim<Y>})`
export const expected = (op: string, want: Shape, got: Shape, x: Dim, y: Dim) =>
  `${op}: expected ${show(want)}, received ${show(got)} (${showDim(x)} vs ${showDim(y)})`

export type ExpectedRank<
  Op extends string,
  Want,
  Got,
> = `${Op}: expected ${Show<Want>}, received ${Show<Got>} (rank differs)`
export const expectedRank = (op: string, want: Shape, got: Shape) =>
  `${op}: expected ${show(want)}, received ${show(got)} (rank differs)`

export type ExpectedOnlyAtRunTime<
  Op extends string,
  Want,
  Got,
> = `${Op}: expected ${Show<Want>}, received ${Show<Got>} (known only at run time; narrow it with asShape first)`

export type SymbolDiffers<
  Op extends string,
  Name extends string,
  X,
  Y,
> = `${Op}: ${Name} is ${ShowDim<X>} and also ${ShowDim<Y>}`
export const symbolDiffers = (op: string, name: string, x: Dim, y: Dim) =>
  `${op}: ${name} is ${showDim(x)} and also ${showDim(y)}`

export type TargetDType<
  Op extends string,
  Kind extends string,
  Want extends string,
  Got extends string,
> = `${Op}: ${Kind} needs ${Want} targets, received ${Got}`
export const targetDType = (op: string, kind: string, want: string, got: string) =>
  `${op}: ${kind} needs ${want} targets, received ${got}`
