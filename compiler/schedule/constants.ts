import { withoutDenormals } from '../../runtime/denormals.js'
import { allocate, type TypedArray } from '../../runtime/dtype.js'
import type { Value } from '../ir/program.js'
import { type Kernel, readsOf } from './kernels.js'
import type { FixedRegion, Place } from './memory.js'
import { type Analysis, readsWords, scalarConstant } from './nodes.js'

/** Places for the constants that kernels read from memory. */
export const placeConstants = (
  analysis: Analysis,
  kernels: readonly Kernel[],
  fixed: FixedRegion,
): {
  readonly places: ReadonlyMap<Value, Place>
  readonly segments: readonly { readonly place: Place; readonly data: Uint8Array<ArrayBuffer> }[]
} => {
  const places = new Map<Value, Place>()
  const segments: { readonly place: Place; readonly data: Uint8Array<ArrayBuffer> }[] = []
  const roots = new Set(kernels.flatMap(kernel => readsOf(kernel).map(({ root }) => root)))
  for (const root of roots) {
    const data = dataOf(analysis, root)
    if (data === undefined) continue
    const place = fixed.take(data.byteLength)
    places.set(root, place)
    segments.push({ place, data: new Uint8Array(data.slice().buffer) })
  }
  return { places, segments }
}

/** The elements of a root that kernels want in memory and nobody computes: a constant's, or an iota's. */
const dataOf = (analysis: Analysis, root: Value): TypedArray | undefined => {
  const equation = analysis.producer(root)
  if (equation?.prim === 'constant') {
    const isInline = scalarConstant(analysis.producer, root) !== undefined && !neededInMemory(analysis, root)
    return isInline ? undefined : withoutDenormals(equation.params.data)
  }
  if (equation?.prim !== 'iota' || !neededInMemory(analysis, root)) return undefined
  const { type, dimension } = equation.params
  return allocate(type.dtype, type.shape[dimension] ?? 1).map((_, i) => i)
}

/** A loop body knows single numbers and iotas by itself; a product, and what reads word by word, loads even those. */
const neededInMemory = (analysis: Analysis, root: Value): boolean =>
  (analysis.readers.get(root) ?? []).some(
    n => (n.kind !== 'pointwise' && n.kind !== 'reduction') || readsWords(n),
  )
