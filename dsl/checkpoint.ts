/** Memory for time: what a checkpoint computes on its way is computed again when the gradient needs it. */
import { checkpointCall } from '../compiler/families/programs.js'
import { bodyOf, emitCall } from './function-body.js'
import { Node, nodeOf, typed } from './graph/node.js'
import { callLayer, type Definition, isLayer, layerOf } from './layers/layer.js'
import type { CheckpointFn } from './types/signatures.js'

/**
 * A layer, or a function of nodes, whose activations are computed again for the gradient instead of being
 * kept. The numbers are the same to the bit; a training step needs less memory, and as much more time as the
 * block takes forward (Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost). JAX's `checkpoint`.
 *
 * @example
 * ```ts
 * import { checkpoint, dense, input, seq, sequential } from 'densor'
 *
 * const model = sequential(input(784), checkpoint(seq(dense(512, 'relu'), dense(512, 'relu'))), dense(10))
 * ```
 */
export const checkpoint: CheckpointFn = typed((given: unknown): unknown =>
  isLayer(given) ? checkpointLayer(given, given.definition) : checkpointFunction(typed(given)),
)

const checkpointLayer = (block: unknown, definition: Definition): unknown =>
  layerOf(
    {
      kind: 'checkpoint',
      shape: definition.shape,
      // What the block changes, a moving average say, stands outside: only the way to its output is gone over again.
      expand: x => {
        const result = callLayer(definition, undefined, x)
        const fn = { name: 'checkpoint', parameters: [x], results: [result], emit: emitCheckpoint }
        return new Node({ kind: 'function', fn }, [x], result.shape, result.dtype)
      },
      made: { by: 'checkpoint', layers: [block] },
    },
    { block },
  )

const checkpointFunction =
  (f: (...args: readonly Node[]) => unknown) =>
  (...given: readonly unknown[]): Node => {
    const args = given.map(arg => nodeOf(arg, 'checkpoint'))
    const body = bodyOf('checkpoint', typed(f), args)
    const [node] = body.apply(args, site => [emitCheckpoint(site)], [nodeOf(body.result, 'checkpoint')])
    return nodeOf(node)
  }

const emitCheckpoint = emitCall((b, body, args) => checkpointCall(b, args, { body }))
