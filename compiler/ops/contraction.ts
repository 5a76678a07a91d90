import type { Builder } from '../ir/build.js'
import { type DotDims, showType, type TensorType, type Value } from '../ir/program.js'
import { shifted } from './batching.js'
import type { Row, Site, Table } from './row.js'
import { demand, demandDimensions, demandDTypes, isFloat, NUMBERS, showTypes, two } from './rules.js'
import { at, offsetsAlong, otherDimensions, zeros } from './tensor.js'

/*
 * The general dot product: batch dimensions kept, contracting dimensions summed over.
 */

/** The dimensions of an operand of `rank` that are neither batch nor contracting. */
export const freeDimensions = (
  rank: number,
  batch: readonly number[],
  contracting: readonly number[],
): number[] => otherDimensions(rank, [...batch, ...contracting])

const dotType = (inputs: readonly TensorType[], dims: DotDims): TensorType => {
  const [lhs, rhs] = two('dot_general', inputs)
  demandDTypes('dot_general', inputs, NUMBERS)
  demand(lhs.dtype === rhs.dtype, () => `dot_general: operands have one dtype, got ${showTypes(inputs)}`)
  const used = {
    lhs: [...dims.lhsBatch, ...dims.lhsContracting],
    rhs: [...dims.rhsBatch, ...dims.rhsContracting],
  }
  demandDimensions('dot_general', 'batch and contracting dimensions of lhs', used.lhs, lhs.shape.length)
  demandDimensions('dot_general', 'batch and contracting dimensions of rhs', used.rhs, rhs.shape.length)
  demandPairs('batch', lhs, rhs, dims.lhsBatch, dims.rhsBatch)
  demandPairs('contracting', lhs, rhs, dims.lhsContracting, dims.rhsContracting)
  const sizes = (x: TensorType, dimensions: readonly number[]): number[] =>
    dimensions.map(d => at(x.shape, d))
  return {
    shape: [
      ...sizes(lhs, dims.lhsBatch),
      ...sizes(lhs, otherDimensions(lhs.shape.length, used.lhs)),
      ...sizes(rhs, otherDimensions(rhs.shape.length, used.rhs)),
    ],
    dtype: lhs.dtype,
  }
}

const demandPairs = (
  what: string,
  lhs: TensorType,
  rhs: TensorType,
  left: readonly number[],
  right: readonly number[],
): void => {
  demand(
    left.length === right.length,
    () => `dot_general: as many ${what} dimensions left as right, got [${left}] and [${right}]`,
  )
  demand(
    left.every((d, i) => lhs.shape[d] === rhs.shape[at(right, i)]),
    () =>
      `dot_general: ${what} dimensions have one size, got [${left}] of ${showType(lhs)} and [${right}] of ${showType(rhs)}`,
  )
}

/** Sums in f64 (integers wrap at each step), rounded once to the dtype. */
const dotEvaluate: Row<'dot_general'>['evaluate'] = (inputs, dims, type) => {
  const [lhs, rhs] = two('dot_general', inputs)
  const { lhsBatch, lhsContracting, rhsBatch, rhsContracting } = dims
  const [leftShape, rightShape] = [lhs.type.shape, rhs.type.shape]
  const leftBatches = offsetsAlong(leftShape, lhsBatch)
  const rightBatches = offsetsAlong(rightShape, rhsBatch)
  const leftFree = offsetsAlong(leftShape, freeDimensions(leftShape.length, lhsBatch, lhsContracting))
  const rightFree = offsetsAlong(rightShape, freeDimensions(rightShape.length, rhsBatch, rhsContracting))
  const leftSteps = offsetsAlong(leftShape, lhsContracting)
  const rightSteps = offsetsAlong(rightShape, rhsContracting)
  const result = zeros(type)
  const product = isFloat(type.dtype) ? floatProduct : integerProduct
  let to = 0
  leftBatches.forEach((leftBatch, batch) => {
    for (const m of leftFree) {
      for (const n of rightFree) {
        const right = rightBatches[batch]! + n
        result.data[to++] = product(lhs.data, leftBatch + m, leftSteps, rhs.data, right, rightSteps)
      }
    }
  })
  return result
}

type Elements = ArrayLike<number>

const floatProduct = (
  xs: Elements,
  x0: number,
  xSteps: Elements,
  ys: Elements,
  y0: number,
  ySteps: Elements,
): number => {
  let sum = 0
  for (let k = 0; k < xSteps.length; k++) sum += xs[x0 + xSteps[k]!]! * ys[y0 + ySteps[k]!]!
  return sum
}

const integerProduct = (
  xs: Elements,
  x0: number,
  xSteps: Elements,
  ys: Elements,
  y0: number,
  ySteps: Elements,
): number => {
  let sum = 0
  for (let k = 0; k < xSteps.length; k++) {
    sum = (sum + Math.imul(xs[x0 + xSteps[k]!]!, ys[y0 + ySteps[k]!]!)) | 0
  }
  return sum
}

/** One operand of a product, with the meaning of each of its dimensions: the one of the target it becomes, or a sum. */
interface Factor {
  readonly value: Value
  readonly batch: readonly number[]
  readonly contracting: readonly number[]
  /** The dimension of the target that each dimension of this operand becomes; read for batch and free ones only. */
  readonly becomes: readonly number[]
}

/** The permutation that brings `first · second` to the order of the target's dimensions. */
const orderOf = (b: Builder, first: Factor, second: Factor): number[] => {
  const free = (f: Factor): number[] =>
    freeDimensions(b.shapeOf(f.value).length, f.batch, f.contracting).map(d => at(f.becomes, d))
  const places = [...first.batch.map(d => at(first.becomes, d)), ...free(first), ...free(second)]
  return places.map((_, d) => places.indexOf(d))
}

/** The product in the order of the target's dimensions, its operands swapped if that spares a transpose. */
const productInto = (b: Builder, x: Factor, y: Factor): Value => {
  const straight = orderOf(b, x, y)
  const swapped = orderOf(b, y, x)
  const isIdentity = (order: readonly number[]): boolean => order.every((p, d) => p === d)
  const [first, second, order] =
    isIdentity(swapped) && !isIdentity(straight) ? [y, x, swapped] : [x, y, straight]
  const product = b.dot_general(first.value, second.value, {
    lhsBatch: first.batch,
    rhsBatch: second.batch,
    lhsContracting: first.contracting,
    rhsContracting: second.contracting,
  })
  return b.transpose(product, order)
}

/**
 * The cotangent of one operand: ȳ · other, summed over the dimensions of ȳ that came from `other`.
 * In ȳ the batch dimensions come first, then the free ones of lhs, then those of rhs.
 */
const operandBar = ({ b, inputs, params }: Site<'dot_general'>, yBar: Value, side: 'lhs' | 'rhs'): Value => {
  const [lhs, rhs] = two('dot_general', inputs)
  const left = { value: lhs, batch: params.lhsBatch, contracting: params.lhsContracting }
  const right = { value: rhs, batch: params.rhsBatch, contracting: params.rhsContracting }
  const [mine, other] = side === 'lhs' ? [left, right] : [right, left]
  const rankOf = (x: typeof left): number => b.shapeOf(x.value).length
  const myFree = freeDimensions(rankOf(mine), mine.batch, mine.contracting)
  const otherFree = freeDimensions(rankOf(other), other.batch, other.contracting)
  const batches = mine.batch.map((_, i) => i)
  const [myStart, otherStart] =
    side === 'lhs'
      ? [batches.length, batches.length + myFree.length]
      : [batches.length + otherFree.length, batches.length]

  const fromBar: Factor = {
    value: yBar,
    batch: batches,
    contracting: otherFree.map((_, i) => otherStart + i),
    becomes: b.shapeOf(yBar).map((_, d) => {
      if (d < batches.length) return at(mine.batch, d)
      return myFree[d - myStart] ?? -1
    }),
  }
  const fromOther: Factor = {
    value: other.value,
    batch: other.batch,
    contracting: otherFree,
    becomes: b.shapeOf(other.value).map((_, d) => {
      const batch = other.batch.indexOf(d)
      if (batch >= 0) return at(mine.batch, batch)
      return mine.contracting[other.contracting.indexOf(d)] ?? -1
    }),
  }
  return productInto(b, fromBar, fromOther)
}

/** Both operands batched: one more batch dimension. One of them: one more free dimension, brought to the front. */
const batchDot: Row<'dot_general'>['batch'] = ({ b, inputs, batched, params }) => {
  const [lhs, rhs] = two('dot_general', inputs)
  const left = batched[0] ? shifted : (dimensions: readonly number[]) => dimensions
  const right = batched[1] ? shifted : (dimensions: readonly number[]) => dimensions
  const both = batched[0] && batched[1]
  const product = b.dot_general(lhs, rhs, {
    lhsBatch: [...(both ? [0] : []), ...left(params.lhsBatch)],
    rhsBatch: [...(both ? [0] : []), ...right(params.rhsBatch)],
    lhsContracting: left(params.lhsContracting),
    rhsContracting: right(params.rhsContracting),
  })
  if (both) return product
  // the free dimension of the batch comes first among those of its operand
  const leftFree = b.shapeOf(lhs).length - params.lhsBatch.length - params.lhsContracting.length
  const from = params.lhsBatch.length + (batched[0] ? 0 : leftFree)
  const rank = b.shapeOf(product).length
  return b.transpose(product, [from, ...otherDimensions(rank, [from])])
}

/** The row of the general dot product. */
export const contractionRows = {
  dot_general: {
    arity: 2,
    type: dotType,
    evaluate: dotEvaluate,
    // y = x · w: x̄ = ȳ · wᵀ, w̄ = xᵀ · ȳ
    vjp: (site, yBar) => [
      site.needs[0] ? operandBar(site, yBar, 'lhs') : undefined,
      site.needs[1] ? operandBar(site, yBar, 'rhs') : undefined,
    ],
    // d(x · w) = dx · w + x · dw
    jvp: ({ b, inputs, params }, [lhsDot, rhsDot]) => {
      const [lhs, rhs] = two('dot_general', inputs)
      const terms = [
        ...(lhsDot === undefined ? [] : [b.dot_general(lhsDot, rhs, params)]),
        ...(rhsDot === undefined ? [] : [b.dot_general(lhs, rhsDot, params)]),
      ]
      return terms.reduce((sum, term) => b.add(sum, term))
    },
    batch: batchDot,
    lower: { kind: 'kernel', kernel: 'contraction' },
  },
} satisfies Partial<Table>
