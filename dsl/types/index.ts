/** The type level of densor, in the order in which it is built up. */
export type {
  AnyData,
  Nested,
  NestedAs,
  NestedShape,
  NumberArray,
  Rows,
  RowsLike,
} from './data.js'
export type {
  AddDims,
  AnyError,
  Dim,
  IsUnion,
  LastDim,
  MultiplyDims,
  NoMembers,
  NormalDim,
  NormalShape,
  Product,
  SameDim,
  SameShape,
  Shape,
  ShapeError,
  Show,
  ShowDim,
} from './dims.js'
export type { Einsum } from './einsum.js'
export type { History, MetricGiven, MetricsGiven, Scores } from './history.js'
export type * from './layer.js'
export type * from './layers.js'
export type * from './model.js'
export type { DataRecord, Given, LossesGiven } from './named.js'
export type * from './options.js'
export type { Reshape } from './reshape.js'
export type { Axes, AxisOf, Broadcast, Concat, Matmul, Permute, Reduce } from './shape-rules.js'
export type * from './signatures.js'
export type * from './signatures-windows.js'
export type { CheckedSize, PositiveSize } from './sizes.js'
export type * from './training.js'
export type * from './trees.js'
export type * from './windows.js'
