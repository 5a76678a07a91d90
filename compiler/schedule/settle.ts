import type { Value } from '../ir/program.js'
import { flushBelow } from '../loop/denormals.js'
import { add, and, call, eq, flush, i32, if_, let_, load, ref, reg, store } from '../loop/expr.js'
import type { LoopFunction, Stmt } from '../loop/ir.js'
import type { Clear } from './clearing.js'
import { copyTo, type Kernel, type KernelList } from './kernels.js'
import { type Analysis, wholeAccess } from './nodes.js'

/* What is cleared of denormal numbers in its place, before or beside the kernels of a step: see clearing.ts. */

/** What a schedule is told of the numbers that come from outside, and go there. */
interface Outside {
  readonly clean?: readonly string[]
  readonly streams: readonly string[]
  readonly donate: readonly (readonly [output: string, input: string])[]
}

/** The kernels after those that clear what contractions read, and what is known of roots then. */
export const clearedBefore = (
  analysis: Analysis,
  list: KernelList,
  outside: Outside,
  isNeeded: boolean,
): { readonly list: KernelList; readonly clear: Clear } => {
  if (!isNeeded) return { list, clear: { read: (_, elements) => elements, isKept: () => false } }
  const raw = rawInputs(analysis, outside)
  const inPlace = new Set(list.kernels.flatMap(factors).filter(root => raw.has(root)))
  const clearing = [...inPlace].map(root => inItsPlace(analysis.typeOf(root).shape, root))
  return {
    list: { ...list, kernels: [...clearing, ...list.kernels] },
    clear: {
      read: (root, elements) => (raw.has(root) ? flush(elements) : elements),
      isKept: (root, isOwn) =>
        (analysis.readers.get(root) ?? []).some(({ equation }) => !isOwn(equation.output)),
    },
  }
}

/** Inputs that may hold denormal numbers; streams are cleared as their rows are gathered. */
const rawInputs = (
  { program, typeOf }: Analysis,
  { clean = [], streams, donate }: Outside,
): ReadonlySet<Value> => {
  const clear = new Set([...clean, ...streams, ...donate.map(([, input]) => input)])
  return new Set(
    program.inputs
      .filter(({ name, value }) => typeOf(value).dtype === 'f32' && !clear.has(name))
      .map(({ value }) => value),
  )
}

/**
 * Inputs that an output of the last step replaces, such as weights and moments. What decays there comes to rest among
 * denormal numbers, after hundreds of steps: it is enough to clear them once in a while, in their place, of all that is
 * near to there, as a part of it would be denormal.
 */
export const clearedRarely = (
  { program, typeOf }: Analysis,
  { donate }: Pick<Outside, 'donate'>,
): readonly Kernel[] => {
  const taken = new Set(donate.map(([, input]) => input))
  return program.inputs
    .filter(({ name, value }) => taken.has(name) && typeOf(value).dtype === 'f32')
    .map(({ value }) => inItsPlace(typeOf(value).shape, value))
}

const inItsPlace = (shape: readonly number[], root: Value): Kernel =>
  copyTo(wholeAccess(root, shape), root, shape)

const factors = (kernel: Kernel): readonly Value[] =>
  kernel.kind === 'contraction' ? kernel.product.operands.map(({ root }) => root) : []

/** Below this magnitude what decays is cleared: it is nothing beside any rate or epsilon, and its parts are normal. */
const LEAST_DECAYED = 2 ** -112

/** What clears in its place what decays. */
export const clearsDecayed: Clear = {
  read: (_, elements) => flushBelow(elements, LEAST_DECAYED),
  isKept: () => true,
}

/** Steps from one clearing of weights and moments to the next: a power of two. */
const EVERY = 32

/** Calls `functions` in the first and in every 32nd step: the steps are counted in the i32 at byte address `counter`. */
export const everySoOften = (functions: readonly LoopFunction[], counter: number): readonly Stmt[] =>
  functions.length === 0
    ? []
    : [
        let_('steps', load(reg('i32'), 0, counter)),
        store(0, add(ref('steps'), 1), counter),
        if_(
          eq(and(ref('steps'), EVERY - 1), i32(0)),
          functions.map(f => call(f.name)),
        ),
      ]
