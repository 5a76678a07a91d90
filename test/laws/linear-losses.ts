import { nodeOf } from '../../dsl/graph/node.js'
import { add, grad, graphs, input, mean, mul, type Sym, seq, square, sum } from '../../dsl/index.js'
import { customLoss } from '../../dsl/losses.js'
import type { AnyMultiModel } from '../../dsl/types/model.js'
import type { ModelSample } from '../../src/testing/index.js'

type AnySym = Sym<readonly ['N', ...number[]]>

/** All dimensions of a node but the batch's. */
const inner = (x: unknown): readonly number[] =>
  nodeOf(x)
    .shape.slice(1)
    .map((_, d) => d + 1)

/** mean(c · y) for each row: its derivative by y says nothing of y, as in policy gradients and critics. */
export const linear = customLoss((c, y) => {
  const product = mul(c, y)
  return (inner(product).length === 0 ? product : mean(product as never, inner(product))) as never
})

/**
 * A sample's layers as a critic: its output, and how steep it is, as the gradient penalty of a Wasserstein critic has
 * it; training it takes second derivatives of the whole model.
 */
export const critic = ({ model, x }: ModelSample): AnyMultiModel => {
  // random shapes are not in types
  const { layers } = (model as { readonly def: { readonly layers: readonly never[] } }).def
  const judge = seq(...layers).as('critic') as (x: AnySym) => AnySym
  const dims = x.dims.slice(1)
  return graphs({ x: input(dims) }, (({ x: data }: { readonly x: AnySym }) => {
    const slope = grad((z: AnySym) => sum(judge(z)) as never)(data) as AnySym
    const steepness = sum(square(slope) as never, inner(slope) as never)
    const judged = judge(data)
    return { judged, loss: add(mean(judged as never, inner(judged) as never), steepness as never) }
  }) as never) as never
}
