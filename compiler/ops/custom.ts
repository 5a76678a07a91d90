import { limitation } from '../../runtime/fault.js'
import {
  type CustomVjp,
  type Program,
  sameType,
  showType,
  type TensorType,
  type Value,
} from '../ir/program.js'
import { unrolled } from './batching.js'
import type { Table } from './row.js'
import { demand, isFloat, showTypes } from './rules.js'
import { at } from './tensor.js'

/*
 * A function with a derivative of the user's own.
 */

const inputTypes = (program: Program): TensorType[] =>
  program.inputs.map(port => at(program.types, port.value))
const outputTypes = (program: Program): TensorType[] =>
  program.outputs.map(port => at(program.types, port.value))

const demandTypes = (what: string, wanted: readonly TensorType[], got: readonly TensorType[]): void =>
  demand(
    wanted.length === got.length && wanted.every((type, i) => sameType(type, at(got, i))),
    () => `custom_vjp_call: ${what} are ${showTypes(wanted)}, got ${showTypes(got)}`,
  )

/** Only a float input has a cotangent; what backward gives for another is not read. */
const cotangentsMatch = (inputs: readonly TensorType[], cotangents: readonly TensorType[]): boolean =>
  inputs.length === cotangents.length &&
  inputs.every((type, i) => !isFloat(type.dtype) || sameType(type, at(cotangents, i)))

const customType = (inputs: readonly TensorType[], { primal, forward, backward }: CustomVjp): TensorType => {
  demandTypes('the inputs of primal', inputTypes(primal), inputs)
  demandTypes('the inputs of forward', inputTypes(forward), inputs)
  const [output, ...more] = outputTypes(primal)
  demand(
    output !== undefined && more.length === 0,
    () => `custom_vjp_call: primal has one output, got ${1 + more.length}`,
  )
  const [again, ...residuals] = outputTypes(forward)
  demand(
    again !== undefined && sameType(again, output),
    () => `custom_vjp_call: forward gives ${showType(output)} first, got ${showTypes(outputTypes(forward))}`,
  )
  demandTypes('the inputs of backward', [...residuals, output], inputTypes(backward))
  const cotangents = outputTypes(backward)
  demand(
    cotangentsMatch(inputs, cotangents),
    () =>
      `custom_vjp_call: backward gives a cotangent for each of ${showTypes(inputs)}, got ${showTypes(cotangents)}`,
  )
  return output
}

/** The row of custom derivatives. */
export const customRows = {
  custom_vjp_call: {
    arity: 'any',
    type: customType,
    evaluate: (inputs, { primal }, _, run) => at(run(primal, inputs), 0),
    // the walk has inlined forward for the output already: value numbering finds its residuals again
    vjp: ({ b, inputs, params, needs }, yBar): readonly (Value | undefined)[] => {
      const [, ...residuals] = b.inline(params.forward, inputs)
      return b.inline(params.backward, [...residuals, yBar]).map((xBar, i) => (needs[i] ? xBar : undefined))
    },
    jvp: ({ params }) => {
      throw limitation(
        'custom-vjp-forward-mode',
        `${params.primal.name} has a cotangent rule of its own and hence no derivative in forward mode.`,
        { suggestion: 'Differentiate it in reverse mode (grad, vjp), or write it without customVjp.' },
      )
    },
    batch: unrolled('custom_vjp_call'),
    lower: { kind: 'rewritten', by: 'inline-custom' },
  },
} satisfies Partial<Table>
