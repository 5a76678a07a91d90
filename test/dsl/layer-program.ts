import { gradient } from '../../compiler/autodiff/vjp.js'
import { Builder } from '../../compiler/ir/build.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import { elaborate } from '../../dsl/graph/elaborate.js'
import { add, mul } from '../../dsl/graph/elementwise.js'
import { lower } from '../../dsl/graph/lower.js'
import { leaf, type Node } from '../../dsl/graph/node.js'
import { sum } from '../../dsl/graph/reduce.js'
import { callLayer, isLayer } from '../../dsl/layers/layer.js'
import { penaltiesOf } from '../../dsl/penalties.js'

/** A layer as a program, and what its ports are. */
export interface LayerProgram {
  /**
   * x, cotangent, weights in order, then (iterations, key) -> Σ y · cotangent + penalties, y, penalty, next
   * states.
   */
  readonly program: Program
  readonly weights: readonly string[]
  readonly states: readonly string[]
  /** The same, and the gradients of the first output by x and by each trainable weight. */
  readonly withGradients: Program
}

/** A layer on an input of this shape, under the name `layer`. */
export const layerProgram = (layer: unknown, shape: readonly number[], training: boolean): LayerProgram => {
  if (!isLayer(layer)) throw new Error('not a layer')
  const x = leaf('x', shape)
  const graph = elaborate([callLayer(layer.definition, 'layer', x)], { training })
  const [y] = graph.outputs
  if (y === undefined) throw new Error('no output')
  const cotangent = leaf('cotangent', y.shape)
  const b = new Builder(layer.kind)
  const values = new Map<Node, Value>()
  const inputs = [x, cotangent, ...graph.weights.map(w => w.node)]
  for (const node of inputs) bind(b, values, node)
  if (graph.usesRandom) for (const node of [graph.random.iterations, graph.random.key]) bind(b, values, node)
  const penalty = penaltiesOf(graph).reduce<Node | undefined>(
    (a, p) => (a === undefined ? p : add(a, p)),
    undefined,
  )
  const aim = sum(mul(y, cotangent))
  const states = graph.weights.filter(w => w.declaration.trainable === false)
  const roots = [
    penalty === undefined ? aim : add(aim, penalty),
    y,
    penalty ?? mul(aim, 0),
    ...states.map(w => graph.updates.get(w.node) ?? w.node),
  ]
  const outputs = lower(roots, { b, sizes: new Map(), values, sources: graph.sources })
  const program = b.finish(outputs.map((value, i) => ({ name: `out${i}`, value })))
  const wrt = [0, ...graph.weights.flatMap((w, i) => (w.declaration.trainable === false ? [] : [i + 2]))]
  return {
    program,
    weights: graph.weights.map(w => w.path.at(-1) ?? ''),
    states: states.map(w => w.path.at(-1) ?? ''),
    withGradients: gradient(program, wrt),
  }
}

const bind = (b: Builder, values: Map<Node, Value>, node: Node): void => {
  const shape = node.shape.map(Number)
  const name = node.op.kind === 'leaf' ? node.op.name : 'input'
  values.set(node, b.input(name, { shape, dtype: node.dtype }))
}
