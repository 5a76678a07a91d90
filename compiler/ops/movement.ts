import { bug } from '../../runtime/fault.js'
import { type PrimParams, showType, type TensorType, type Value } from '../ir/program.js'
import { allBatched, unrolled } from './batching.js'
import type { Row, Table } from './row.js'
import { demand, demandDimensions, demandPerDimension, showTypes, two } from './rules.js'
import { at, offsetsOf, stridesOf, zeros } from './tensor.js'

/*
 * Elements that change place in memory.
 */

const paddedSize = (size: number, { low, high, interior }: PrimParams['pad'], d: number): number =>
  at(low, d) + size + Math.max(size - 1, 0) * at(interior, d) + at(high, d)

const padType = (inputs: readonly TensorType[], params: PrimParams['pad']): TensorType => {
  const [x, value] = two('pad', inputs)
  const rank = x.shape.length
  demand(
    value.shape.length === 0 && value.dtype === x.dtype,
    () => `pad: the padding value is a scalar of the operand's dtype, got ${showTypes(inputs)}`,
  )
  demandPerDimension('pad', 'low', params.low, rank)
  demandPerDimension('pad', 'high', params.high, rank)
  demandPerDimension('pad', 'interior', params.interior, rank)
  demand(
    params.interior.every(n => n >= 0),
    () => `pad: interior padding is not negative, got [${params.interior}]`,
  )
  const shape = x.shape.map((size, d) => paddedSize(size, params, d))
  demand(
    shape.every(size => size >= 0),
    () => `pad: no more is cut off than is there, got ${showType(x)} to [${shape}]`,
  )
  return { shape, dtype: x.dtype }
}

/** A padding value of each element's own is no padding value of a whole batch. */
const batchPad: Row<'pad'>['batch'] = site => {
  const { b, batched, params } = site
  if (batched[1]) return unrolled('pad')(site)
  const [x, value] = two('pad', site.inputs)
  return b.pad(x, value, [0, ...params.low], [0, ...params.high], [0, ...params.interior])
}

/** The rows of elements that change place. */
export const movementRows = {
  concatenate: {
    arity: 'any',
    facts: {},
    type: (inputs, { dimension }) => {
      const first = inputs[0]
      if (first === undefined) throw bug('concatenate: takes one operand or more, got none')
      demandDimensions('concatenate', 'the dimension', [dimension], first.shape.length)
      for (const { shape, dtype } of inputs) {
        demand(dtype === first.dtype, () => `concatenate: operands have one dtype, got ${showTypes(inputs)}`)
        demand(
          shape.length === first.shape.length &&
            shape.every((n, d) => d === dimension || n === first.shape[d]),
          () => `concatenate: operands differ in dimension ${dimension} only, got ${showTypes(inputs)}`,
        )
      }
      const total = inputs.reduce((sum, { shape }) => sum + at(shape, dimension), 0)
      return { shape: first.shape.map((n, d) => (d === dimension ? total : n)), dtype: first.dtype }
    },
    evaluate: (inputs, { dimension }, type) => {
      const result = zeros(type)
      const strides = stridesOf(type.shape)
      let start = 0
      for (const { type: xType, data } of inputs) {
        const offset = start * at(strides, dimension)
        offsetsOf({ shape: xType.shape, strides, offset }).forEach((to, i) => {
          result.data[to] = data[i]!
        })
        start += at(xType.shape, dimension)
      }
      return result
    },
    // each operand's cotangent is its own part of ȳ
    vjp: ({ b, inputs, params: { dimension }, needs }, yBar) => {
      const shape = b.shapeOf(yBar)
      let start = 0
      return inputs.map((x, i) => {
        const from = start
        start += at(b.shapeOf(x), dimension)
        if (!needs[i]) return undefined
        return b.slice(
          yBar,
          shape.map((_, d) => (d === dimension ? from : 0)),
          shape.map((n, d) => (d === dimension ? from + at(b.shapeOf(x), dimension) : n)),
        )
      })
    },
    jvp: ({ b, inputs, params }, tangents) =>
      b.concatenate(
        inputs.map((x, i) => tangents[i] ?? b.fullLike(x, 0)),
        params.dimension,
      ),
    batch: site => site.b.concatenate(allBatched(site), site.params.dimension + 1),
    lower: { kind: 'kernel', kernel: 'concatenate' },
  },

  pad: {
    arity: 2,
    facts: { linearIn: [0, 1] },
    type: padType,
    evaluate: (inputs, { low, interior }, type) => {
      const [x, value] = two('pad', inputs)
      const result = zeros(type)
      result.data.fill(value.data[0]!)
      const strides = stridesOf(type.shape)
      const places = x.type.shape.map((size, d) =>
        Array.from({ length: size }, (_, i) => at(low, d) + i * (at(interior, d) + 1)),
      )
      // the place in the result of each element, or -1 where it is cut off
      let targets = [0]
      places.forEach((along, d) => {
        targets = targets.flatMap(base =>
          along.map(place =>
            base < 0 || place < 0 || place >= at(type.shape, d) ? -1 : base + place * at(strides, d),
          ),
        )
      })
      targets.forEach((to, i) => {
        if (to >= 0) result.data[to] = x.data[i]!
      })
      return result
    },
    // x̄ is the part of ȳ where x went (0 for what was cut off); the value's cotangent is the rest, summed
    vjp: ({ b, params, needs }, yBar) => {
      const { low, high, interior } = params
      const strides = interior.map(n => n + 1)
      const zero = b.scalar(0, b.typeOf(yBar).dtype)
      const minus = (edges: readonly number[]): readonly number[] => edges.map(n => 0 - n)
      const limitOf = (v: Value): number[] => b.shapeOf(v).map((n, d) => n - at(high, d))
      const uncut = (): Value => b.pad(yBar, zero, minus(low), minus(high))
      const xBar = [...low, ...high].every(n => n >= 0)
        ? b.slice(yBar, low, limitOf(yBar), strides)
        : b.slice(
            uncut(),
            low.map(() => 0),
            b.shapeOf(uncut()),
            strides,
          )
      const all = (v: Value): Value =>
        b.reduce(
          'add',
          v,
          b.shapeOf(v).map((_, d) => d),
        )
      return [needs[0] ? xBar : undefined, needs[1] ? b.subtract(all(yBar), all(xBar)) : undefined]
    },
    jvp: ({ b, inputs, params }, [xDot, valueDot]) => {
      const [x, value] = two('pad', inputs)
      return b.pad(
        xDot ?? b.fullLike(x, 0),
        valueDot ?? b.fullLike(value, 0),
        params.low,
        params.high,
        params.interior,
      )
    },
    batch: batchPad,
    lower: { kind: 'kernel', kernel: 'pad' },
  },
} satisfies Partial<Table>
