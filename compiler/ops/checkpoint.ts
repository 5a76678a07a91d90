import type { Checkpoint, TensorType } from '../ir/program.js'
import { sameType } from '../ir/program.js'
import { repeated } from './batching.js'
import type { Table } from './row.js'
import { demand, showTypes } from './rules.js'
import { at } from './tensor.js'

/*
 * Rematerialization: memory for time. What a checkpoint computes on its way is not kept for the backward pass but
 * computed again there, from the checkpoint's operands. A barrier keeps the two computations apart: without it they
 * would be one, by value numbering, and without its order both would run at once.
 */

const checkpointType = (inputs: readonly TensorType[], { body }: Checkpoint): TensorType => {
  const wanted = body.inputs.map(port => at(body.types, port.value))
  demand(
    wanted.length === inputs.length && wanted.every((type, i) => sameType(type, at(inputs, i))),
    () => `checkpoint: the inputs of its body are ${showTypes(wanted)}, got ${showTypes(inputs)}`,
  )
  const [output, ...more] = body.outputs
  demand(
    output !== undefined && more.length === 0,
    () => `checkpoint: its body has one output, got ${body.outputs.length}`,
  )
  return at(body.types, output.value)
}

/** The rows of rematerialization. */
export const checkpointRows = {
  checkpoint: {
    arity: 'any',
    type: checkpointType,
    evaluate: (inputs, { body }, _, run) => at(run(body, inputs), 0),
    vjp: ({ b, inputs, params, needs }, yBar, back) => {
      const wrt = needs.flatMap((need, i) => (need ? [i] : []))
      const again = inputs.map(x => b.optimization_barrier(x, [yBar]))
      const bars = b.inline(back(params.body, { wrt }), [...again, yBar])
      return needs.map((_, i) => bars[wrt.indexOf(i)])
    },
    // the tangent is a checkpoint too: its gradient in turn keeps nothing that is inside
    jvp: ({ b, inputs, params }, tangents, along) => {
      const wrt = tangents.flatMap((tangent, i) => (tangent === undefined ? [] : [i]))
      const moved = along(params.body, { wrt })
      const body = { ...moved, outputs: [at(moved.outputs, 1)] }
      return b.emit('checkpoint', [...inputs, ...tangents.filter(t => t !== undefined)], { body })
    },
    batch: ({ b, inputs, params, batched, size }, many) => {
      const over = batched.flatMap((is, i) => (is ? [i] : []))
      return b.emit('checkpoint', inputs, { body: many(params.body, { over, size }) })
    },
    lower: { kind: 'rewritten', by: 'inline-custom' },
  },

  optimization_barrier: {
    arity: 'any',
    facts: { linearIn: [0] },
    type: inputs => {
      demand(inputs.length > 0, () => 'optimization_barrier: takes an operand, got none')
      return at(inputs, 0)
    },
    evaluate: inputs => at(inputs, 0),
    vjp: (_, yBar) => [yBar],
    jvp: ({ b, inputs }, [xDot]) =>
      xDot === undefined ? b.fullLike(at(inputs, 0), 0) : b.optimization_barrier(xDot, inputs.slice(1)),
    batch: ({ b, inputs: [x = 0, ...after], batched, size }) =>
      b.optimization_barrier(batched[0] ? x : repeated(b, x, size), after),
    lower: { kind: 'view', view: of => of },
  },
} satisfies Partial<Table>
