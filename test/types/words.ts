/**
 * The words of the DSL as the type tests use them. They are only declared here, so that the types can be
 * tested (and their cost be measured) apart from the run time.
 */
import type * as d from '../../dsl/types/index.js'

export type * from '../../dsl/types/index.js'

export declare const input: d.InputFn
export declare const sequential: d.SequentialFn
export declare const graph: d.GraphFn
export declare const graphs: d.GraphsFn
export declare const seq: d.SeqFn
export declare const residual: d.ResidualFn

export declare const dense: d.DenseFn
export declare const activation: d.ActivationFn
export declare const batchNorm: d.BatchNormFn
export declare const layerNorm: d.LayerNormFn
export declare const dropout: d.DropoutFn
export declare const flatten: d.FlattenFn
export declare const reshape: d.ReshapeFn
export declare const conv2d: d.Conv2dFn
export declare const depthwiseConv2d: d.DepthwiseConv2dFn
export declare const maxPool2d: d.MaxPool2dFn
export declare const averagePool2d: d.AveragePool2dFn
export declare const globalAveragePool2d: d.GlobalAveragePool2dFn

export declare const asNode: d.AsNodeFn
export declare const add: d.BinaryFn<'add'>
export declare const sub: d.BinaryFn<'sub'>
export declare const mul: d.BinaryFn<'mul'>
export declare const concat: d.ConcatFn
export declare const matmul: d.MatmulFn
export declare const einsum: d.EinsumFn
export declare const permute: d.PermuteFn
export declare const mean: d.ReduceFn<'mean'>
export declare const sum: d.ReduceFn<'sum'>
export declare const relu: d.UnaryFn
export declare const greater: d.BinaryFn<'greater'>
export declare const where: d.WhereFn

export declare const categoricalCrossentropy: d.CategoricalCrossentropyFn
export declare const sparseCategoricalCrossentropy: d.SparseCategoricalCrossentropyFn
export declare const binaryCrossentropy: d.BinaryCrossentropyFn
export declare const meanSquaredError: d.MeanSquaredErrorFn
export declare const meanAbsoluteError: d.MeanAbsoluteErrorFn

interface Options {
  readonly epochs?: number
  readonly batchSize?: number
  readonly seed?: number
}
export declare const fit: d.FitFn<Options>
export declare const evaluate: d.EvaluateFn<Options>
export declare const predict: d.PredictFn<Options>
export declare const init: d.InitFn<Options>
export declare const asShape: d.AsShapeFn
export declare const asShapes: d.AsShapesFn
export declare const tensor: d.TensorFn

/** A tensor of any shape, dtype included. */
export declare const T: <const S extends d.Shape, D extends d.DType = 'f32'>(
  shape: S,
  dtype?: D,
) => d.Tensor<d.NormalShape<S>, D>

/** A node of any shape. */
export declare const sym: <const S extends readonly (number | string)[]>(...shape: S) => d.Sym<[...S], never>

/** Nodes of the shapes in a record of records. */
export declare const nodes: <
  const Tree extends Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>,
>(
  shapes: Tree,
) => {
  readonly [L in keyof Tree]: { readonly [W in keyof Tree[L]]: d.Sym<d.NormalShape<Tree[L][W]>> }
}

/** A value of any type. */
export declare const any: <X>() => X

/** Whether two types are the same, readonly and all. */
export type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false

/** Only compiles for true: `type _ = Check<Equal<A, B>>`. */
export type Check<X extends true> = X
