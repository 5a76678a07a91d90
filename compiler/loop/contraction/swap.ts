import { add, lanesOf } from '../expr.js'
import { isNested } from './nested-plan.js'
import type { Contraction } from './problem.js'

/** C transposed: the roles of A and B exchanged; values along the new columns go to `store` one by one. */
const swap = (c: Contraction): Contraction => ({
  ...c,
  outer: c.outer.map(o => ({ extent: o.extent, a: o.b, b: o.a })),
  m: c.n,
  n: c.m,
  a: { base: c.b.base, strideM: c.b.strideN, strideK: c.b.strideK, isFixed: c.b.isFixed },
  b: { base: c.a.base, strideK: c.a.strideK, strideN: c.a.strideM, isFixed: c.a.isFixed },
  store: ({ l, i, j, acc, prefix }) =>
    acc.type.lanes === 1
      ? c.store({ l, i: j, j: i, acc, prefix })
      : lanesOf(acc).flatMap((x, t) => c.store({ l, i: add(j, t), j: i, acc: x, prefix: `${prefix}${t}_` })),
})

/** The stride of a dimension of one element is free: 1 suits every path. */
const freeStride = (extent: number, stride: number): number => (extent === 1 ? 1 : stride)

/**
 * The same contraction as the paths want it: free strides are 1, and where the result is one column of a matrix whose
 * rows lie contiguous (n = 1, A read down its columns), it is computed as one row, unless that has too few columns.
 */
export const orient = (c: Contraction): Contraction => {
  if (isNested(c)) return c
  const plain: Contraction = {
    ...c,
    a: { ...c.a, strideM: freeStride(c.m, c.a.strideM), strideK: freeStride(c.k, c.a.strideK) },
    b: { ...c.b, strideK: freeStride(c.k, c.b.strideK), strideN: freeStride(c.n, c.b.strideN) },
  }
  const isColumn = plain.n === 1 && plain.m > 3
  return isColumn && plain.a.strideK !== 1 && plain.a.strideM === 1 ? swap(plain) : plain
}
