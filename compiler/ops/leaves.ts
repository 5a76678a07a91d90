import { sizeOf } from '../../runtime/dtype.js'
import * as e from '../loop/expr.js'
import { unrolled } from './batching.js'
import type { Table } from './row.js'
import { demand, demandDimensions, demandShape, NUMBERS } from './rules.js'
import { at, offsetsAlong, otherDimensions, zeros } from './tensor.js'

/*
 * Values that come from nowhere.
 */

/** The rows of values that come from nowhere. */
export const leafRows = {
  constant: {
    arity: 0,
    type: (inputs, { type, data }) => {
      demand(inputs.length === 0, () => `constant: takes no operand, got ${inputs.length}`)
      demandShape('constant', type.shape)
      demand(
        data.length === sizeOf(type.shape),
        () => `constant: ${data.length} elements for the shape [${type.shape}]`,
      )
      return type
    },
    evaluate: (_, { type, data }) => ({ type, data }),
    vjp: 'zero',
    jvp: 'zero',
    batch: unrolled('constant'),
    lower: { kind: 'kernel', kernel: 'constant' },
  },

  iota: {
    arity: 0,
    facts: { cheap: true },
    type: (inputs, { type, dimension }) => {
      demand(inputs.length === 0, () => `iota: takes no operand, got ${inputs.length}`)
      demandShape('iota', type.shape)
      demandDimensions('iota', 'the dimension', [dimension], type.shape.length)
      demand(NUMBERS.includes(type.dtype), () => `iota: gives ${NUMBERS.join(', ')}, not ${type.dtype}`)
      return type
    },
    evaluate: (_, { type, dimension }) => {
      const result = zeros(type)
      const along = offsetsAlong(type.shape, [dimension])
      const others = offsetsAlong(type.shape, otherDimensions(type.shape.length, [dimension]))
      for (let i = 0; i < at(type.shape, dimension); i++) {
        for (const other of others) result.data[along[i]! + other] = i
      }
      return result
    },
    vjp: 'zero',
    jvp: 'zero',
    batch: unrolled('iota'),
    // `index` is the coordinate along the dimension, not the linear index: the scheduler passes that one
    lower: { kind: 'generator', emit: (index, _, type) => e.convert(index, type.elem) },
  },
} satisfies Partial<Table>
