import { bug } from '../../runtime/fault.js'
import type { Builder } from '../ir/build.js'
import type { Prim, Value } from '../ir/program.js'
import type { BatchSite } from './row.js'

/*
 * What batching rules are written with. A batched value has the batch as its first dimension.
 */

/** Dimension numbers behind the batch. */
export const shifted = (dimensions: readonly number[]): number[] => dimensions.map(d => d + 1)

/** A value repeated along a new leading dimension. */
export const repeated = (b: Builder, x: Value, size: number): Value => {
  const shape = b.shapeOf(x)
  return b.broadcast_in_dim(x, [size, ...shape], shifted(shape.map((_, d) => d)))
}

/** The operands, all with the leading dimension. */
export const allBatched = <P extends Prim>({ b, inputs, batched, size }: BatchSite<P>): Value[] =>
  inputs.map((x, i) => (batched[i] ? x : repeated(b, x, size)))

/** For primitives that do to each batch what they do to one: the same primitive on batched operands. */
export const sameOnBatch =
  <P extends Prim>(prim: P) =>
  (site: BatchSite<P>): Value =>
    site.b.emit(prim, allBatched(site), site.params)

/** For primitives that no single equation does for a whole batch: once for each element of it, put together. */
export const unrolled =
  <P extends Prim>(prim: P) =>
  ({ b, inputs, batched, size, params }: BatchSite<P>): Value => {
    if (size === 0) throw bug(`${prim}: a batch of none has no shape`)
    const results = Array.from({ length: size }, (_, i) =>
      b.emit(
        prim,
        inputs.map((x, k) => (batched[k] ? elementOf(b, x, i) : x)),
        params,
      ),
    )
    const rows = results.map(y => b.reshape(y, [1, ...b.shapeOf(y)]))
    return b.concatenate(rows, 0)
  }

/** Element `i` of a batched value. */
const elementOf = (b: Builder, x: Value, i: number): Value => {
  const [, ...shape] = b.shapeOf(x)
  const row = b.slice(x, [i, ...shape.map(() => 0)], [i + 1, ...shape])
  return b.reshape(row, shape)
}
