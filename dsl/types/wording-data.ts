/** The sentences of wording.ts that are about data: what a model or a loss expects, and what it was given. */
import type { Dim, Shape, Show, ShowDim } from './dims.js'
import { show, showDim } from './show.js'

// ---- one tensor

/** predict: expected [N, 32], received [N, 31] (32 vs 31) */
export type Expected<
  Op extends string,
  Want,
  Got,
  X,
  Y,
> = `${Op}: expected ${Show<Want>}, received ${Show<Got>} (${ShowDim<X>} vs ${ShowDim<Y>})`
/** The same at run time. */
export const expected = (op: string, want: Shape, got: Shape, x: Dim, y: Dim) =>
  `${op}: expected ${show(want)}, received ${show(got)} (${showDim(x)} vs ${showDim(y)})`

/** fit: model input: expected [N, 32], received [N] (rank differs) */
export type ExpectedRank<
  Op extends string,
  Want,
  Got,
> = `${Op}: expected ${Show<Want>}, received ${Show<Got>} (rank differs)`
/** The same at run time. */
export const expectedRank = (op: string, want: Shape, got: Shape) =>
  `${op}: expected ${show(want)}, received ${show(got)} (rank differs)`

/** predict: expected [N, 32], received [N, ?] (known only at run time; narrow it with asShape first) */
export type ExpectedOnlyAtRunTime<
  Op extends string,
  Want,
  Got,
> = `${Op}: expected ${Show<Want>}, received ${Show<Got>} (known only at run time; narrow it with asShape first)`

/** predict: T is 3 and also 4 */
export type SymbolDiffers<
  Op extends string,
  Name extends string,
  X,
  Y,
> = `${Op}: ${Name} is ${ShowDim<X>} and also ${ShowDim<Y>}`
/** The same at run time. */
export const symbolDiffers = (op: string, name: string, x: Dim, y: Dim) =>
  `${op}: ${name} is ${showDim(x)} and also ${showDim(y)}`

/** fit: sparseCategoricalCrossentropy needs i32 targets, received f32 */
export type TargetDType<
  Op extends string,
  Kind extends string,
  Want extends string,
  Got extends string,
> = `${Op}: ${Kind} needs ${Want} targets, received ${Got}`
/** The same at run time. */
export const targetDType = (op: string, kind: string, want: string, got: string) =>
  `${op}: ${kind} needs ${want} targets, received ${got}`

// ---- tensors by name

/** fit: model input img */
export type InputOp<Op extends string, Name extends string> = Op extends `${string}.x` | `${string}: x`
  ? `${Op}.${Name}`
  : Op extends `${string}: ${string}`
    ? `${Op} ${Name}`
    : `${Op}: model input ${Name}`
/** The same at run time. */
export const inputOp = (op: string, name: string): string =>
  /[. ]x$/.test(op) ? `${op}.${name}` : op.includes(': ') ? `${op} ${name}` : `${op}: model input ${name}`

/** fit: model input: N is not the same in all inputs */
export type SymbolDiffersAcross<
  Op extends string,
  Name extends string,
> = `${Op}: ${Name} is not the same in all inputs`
/** The same at run time. */
export const symbolDiffersAcross = (op: string, name: string) =>
  `${op}: ${name} is not the same in all inputs`

/** predict: N is known only at run time in some inputs; narrow them with asShapes first */
export type SymbolOnlyAtRunTime<
  Op extends string,
  Name extends string,
> = `${Op}: ${Name} is known only at run time in some inputs; narrow them with asShapes first`

/** fit: model input: this model takes one input tensor, not several by name */
export type OneTensor<
  Op extends string,
  What extends string,
> = `${Op}: this model takes one ${What} tensor, not several by name`
/** The same at run time. */
export const oneTensor = (op: string, what: string) =>
  `${op}: this model takes one ${what} tensor, not several by name`

/** fit: model input: this model takes several input tensors, each by its name */
export type OneForEach<
  Op extends string,
  What extends string,
> = `${Op}: this model takes several ${What} tensors, each by its name`
/** The same at run time. */
export const oneForEach = (op: string, what: string) =>
  `${op}: this model takes several ${what} tensors, each by its name`

// ---- what is no data

/** predict: this is an Either, not the value in it; write unwrap(…) */
export type NotUnwrapped<Op extends string> = `${Op}: this is an Either, not the value in it; write unwrap(…)`
/** The same at run time. */
export const notUnwrapped = (op: string) => `${op}: this is an Either, not the value in it; write unwrap(…)`

/** predict: this is a task or a promise, not its result; write await … */
export type NotRunYet<Op extends string> = `${Op}: this is a task or a promise, not its result; write await …`
/** The same at run time. */
export const notRunYet = (op: string) => `${op}: this is a task or a promise, not its result; write await …`

/** What `tensor` says of nested arrays; the run time says it with the numbers of elements. */
export type ElementsAreArrays = 'tensor: the elements are arrays; for nested arrays write fromArrays(…)'

/** What `tensor` says of strings, booleans and the like; the run time says it with the element and its row. */
export type NotAllNumbers = 'tensor: an element is not a number; convert the elements with Number(…)'

/** What `tensor` says of what is no array at all. */
export type NoArrayOfNumbers = 'tensor: the data is not an array of numbers'

/** predict: expected a tensor or arrays of numbers; make a tensor with tensor(…) or fromArrays(…) */
export type NotData<Op extends string> =
  `${Op}: expected a tensor or arrays of numbers; make a tensor with tensor(…) or fromArrays(…)`
/** The same at run time. */
export const notData = (op: string) =>
  `${op}: expected a tensor or arrays of numbers; make a tensor with tensor(…) or fromArrays(…)`

/** metrics: 'auc' is not a metric; use accuracy, mse, … (at run time the names stand in the fault's suggestion) */
export type NotAMetric<Name extends string> =
  `metrics: '${Name}' is not a metric; use accuracy, mse, mae or another one that densor has, or customMetric(…)`

/** fit: target of …: expected [60], received [60, 3] (rank differs); these are one-hot rows: … (at run time a suggestion) */
export type Advised<Sentence extends string, Advice extends string> = `${Sentence}; ${Advice}`
/** What to do with one-hot rows where class numbers belong. */
export type OneHotRows = 'these are one-hot rows: use categoricalCrossentropy'
/** What to do with class numbers where one-hot rows belong. */
export type ClassNumbers = 'these are class numbers: use sparseCategoricalCrossentropy, or oneHot(…)'
/** What to do where the model gives more numbers a sample than the targets have. */
export type OneATarget<Count> =
  `the model gives ${ShowDim<Count>} numbers a sample, the targets have one: end it with dense(1)`
