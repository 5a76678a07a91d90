import { threefry2x32 } from '../../runtime/random.js'
import { showType, type TensorType } from '../ir/program.js'
import * as e from '../loop/expr.js'
import * as m from '../loop/math.js'
import { unrolled } from './batching.js'
import type { Table } from './row.js'
import { demand, demandShape, one, two } from './rules.js'
import { at, zeros } from './tensor.js'

/*
 * Randomness from counters and keys: the same bits wherever and in whatever order they are computed.
 */

const demandKey = (prim: string, key: TensorType): void =>
  demand(
    key.dtype === 'u32' && key.shape.length === 1 && key.shape[0] === 2,
    () => `${prim}: the key is u32[2], got ${showType(key)}`,
  )

/** The rows of randomness. */
export const randomRows = {
  random_bits: {
    arity: 1,
    type: (inputs, { shape }) => {
      demandKey('random_bits', one('random_bits', inputs))
      demandShape('random_bits', shape)
      return { shape, dtype: 'u32' }
    },
    evaluate: (inputs, _, type) => {
      const [k0, k1] = one('random_bits', inputs).data
      const result = zeros(type)
      for (let i = 0; i < result.data.length; i++) {
        const [a, b] = threefry2x32(k0!, k1!, Math.floor(i / 2 ** 32), i >>> 0)
        result.data[i] = (a ^ b) >>> 0
      }
      return result
    },
    vjp: 'zero',
    jvp: 'zero',
    batch: unrolled('random_bits'),
    lower: {
      kind: 'generator',
      // a tensor of the arena has fewer than 2³² elements: the high word of the counter is 0
      emit: (index, _, _type, operands) => {
        const low = e.bits(index, 'u32')
        const [a, b] = m.threefry2x32(at(operands, 0), at(operands, 1), e.constant(low.type, 0), low)
        return e.xor(a, b)
      },
    },
  },

  random_fold_in: {
    arity: 2,
    type: inputs => {
      const [key, data] = two('random_fold_in', inputs)
      demandKey('random_fold_in', key)
      demand(
        data.dtype === 'u32' && data.shape.length === 0,
        () => `random_fold_in: the number is u32[], got ${showType(data)}`,
      )
      return key
    },
    evaluate: (inputs, _, type) => {
      const [key, data] = two('random_fold_in', inputs)
      const result = zeros(type)
      result.data.set(threefry2x32(key.data[0]!, key.data[1]!, 0, data.data[0]!))
      return result
    },
    vjp: 'zero',
    jvp: 'zero',
    batch: unrolled('random_fold_in'),
    lower: { kind: 'kernel', kernel: 'foldIn' },
  },
} satisfies Partial<Table>
