import { input, sequential } from '../../dsl/model.js'
import type { Dim, Shape } from '../../dsl/types/dims.js'
import type { Apply, LayerFn } from '../../dsl/types/layer.js'
import type { AnyModel } from '../../dsl/types/model.js'
import { match } from '../../dsl/types/rules.js'
import { type Task, taskOf } from '../task.js'
import { checkModel, type LawResult } from './laws.js'
import type { SubjectOptions } from './subject.js'

/** The output of a layer by its type, without the batch; the sentence where it does not take this input. */
type OutOf<L extends LayerFn, In extends Shape> =
  Apply<L, ['N', ...In]> extends readonly [Dim, ...infer Out] ? readonly [...Out] : Apply<L, ['N', ...In]>

/**
 * Checks all laws for one layer, as `checkModel` does, and that its output has the shape that its type says.
 * `in` and `out` are shapes without the batch; the types require `out` to be what the layer makes of `in`.
 * Fails with a user fault `shape-mismatch` if the output has another shape, and as `checkModel` does.
 *
 * @example
 * ```ts
 * import { dense } from 'densor'
 * import { checkLayer } from 'densor/testing'
 *
 * await checkLayer(dense(3, 'tanh'), { in: [4], out: [3] })
 * ```
 */
export const checkLayer = <L extends LayerFn, const In extends readonly Dim[]>(
  layer: L,
  shapes: { readonly in: In; readonly out: NoInfer<OutOf<L, In>> },
  options: SubjectOptions = {},
): Task<readonly LawResult[]> =>
  taskOf('checkLayer', async () => {
    // The typed edge: what does not fit is said below, by the model's own shape.
    const model = sequential(input(shapes.in as never), layer as never) as AnyModel
    const out: Shape = ['N', ...(shapes.out as Shape)]
    match(`checkLayer: the output of ${layer.kind}`, out, model.out as Shape)
    return [...(await checkModel(model, options))]
  })
