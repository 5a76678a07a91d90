import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import { type Kernel, type KernelList, readsOf, writesOf } from './kernels.js'
import type { Analysis } from './nodes.js'

/*
 * What depends only on inputs that stay the same from call to call is done once, in the entry `prepare`: kernels that
 * read nothing else, and the packing of a product's fixed operand.
 */

/** What is the same in every call. */
export interface Prepared {
  /** Kernels that run in `prepare`; none where nothing is fixed. */
  readonly kernels: ReadonlySet<Kernel>
  /** Whether what is stored of a root stays as it is from call to call. */
  readonly isFixed: (root: Value) => boolean
}

/** What can be prepared where the inputs of the names `fixed` stay as they are. */
export const prepared = (
  analysis: Analysis,
  list: KernelList,
  fixed: readonly string[],
  donate: readonly (readonly [output: string, input: string])[],
): Prepared => {
  const kernels = new Set<Kernel>()
  if (fixed.length === 0) return { kernels, isFixed: () => false }
  const lost = donate.find(([, input]) => fixed.includes(input))
  if (lost !== undefined) throw bug(`schedule: the fixed input ${lost[1]} is donated`)
  const { inputs, outputs } = analysis.program
  const free = new Set(inputs.filter(p => !fixed.includes(p.name)).map(p => p.value))
  const made = new Set<Value>()
  // inputs, constants and iotas have no node
  const isFixed = (root: Value): boolean => (analysis.nodeOf.has(root) ? made.has(root) : !free.has(root))
  const handedOut = new Set(outputs.map(p => analysis.access(p.value).root))
  const writers = writersOf(list)
  const mayKeep = (root: Value): boolean =>
    !handedOut.has(root) && !list.pieces.has(root) && writers.get(root) === 1
  for (const kernel of list.kernels) {
    const writes = writesOf(kernel, list.stored)
    if (!readsOf(kernel).every(({ root }) => isFixed(root)) || !writes.every(mayKeep)) continue
    kernels.add(kernel)
    for (const root of writes) made.add(root)
  }
  return { kernels, isFixed }
}

/** How many kernels write a root or a piece of it. */
const writersOf = ({ kernels, pieces, stored }: KernelList): ReadonlyMap<Value, number> => {
  const writers = new Map<Value, number>()
  for (const kernel of kernels) {
    const roots = writesOf(kernel, stored).flatMap(v => [v, pieces.get(v)?.of ?? v])
    for (const root of new Set(roots)) writers.set(root, (writers.get(root) ?? 0) + 1)
  }
  return writers
}
