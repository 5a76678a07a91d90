import type { AnyTensor } from '../../dsl/types/layer.js'
import { sizeOf } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { ARRAY_OF, arrayClassOf, isTensor, placeOf, shown } from './elements.js'

/** What is wrong with the parts of a tensor, as the end of a sentence; undefined where they belong together. */
export const flawOf = ({ dims, dtype, data }: AnyTensor): string | undefined => {
  if (!Array.isArray(dims) || !dims.every(dim => Number.isInteger(dim) && dim >= 0))
    return `its dims are ${Array.isArray(dims) ? `[${dims.join(', ')}]` : shown(dims)}, expected whole numbers`
  if (!Object.hasOwn(ARRAY_OF, dtype)) return `its dtype is ${shown(dtype)}`
  const have = arrayClassOf(data)
  const want = `expected ${dtype === 'i32' || dtype === 'bool' ? 'an' : 'a'} ${ARRAY_OF[dtype]}`
  if (have !== ARRAY_OF[dtype])
    return `its data is ${have === undefined ? shown(data) : `a ${have}`}, ${want}`
  if (data.length === sizeOf(dims)) return undefined
  return `its data has ${data.length} elements, but [${dims.join(', ')}] has ${sizeOf(dims)}`
}

/** What helps where a tensor is broken. */
export const MEND_TENSOR =
  'make it anew with tensor(dims, numbers, dtype); JSON does not keep typed arrays: Object.values(data) is what is left'

/** The tensor, if its data is an array of its dtype, as long as its dims say. Throws `broken-tensor`. */
export const checkTensor = <T extends AnyTensor>(what: string, x: T): T => {
  const flaw = flawOf(x)
  if (flaw === undefined) return x
  throw userFault('broken-tensor', `${what}: the tensor is broken: ${flaw}`, { suggestion: MEND_TENSOR })
}

/** The tensor, whole. Throws `missing-data` for what is not a tensor, `broken-tensor` for a broken one. */
export const requireTensor = (what: string, x: unknown): AnyTensor => {
  if (isTensor(x)) return checkTensor(what, x)
  throw userFault('missing-data', `${what}: expected a tensor, received ${shown(x)}`, {
    suggestion: 'make one with tensor(…) or fromArrays(…)',
  })
}

/**
 * True where every element is finite: x · 0 is 0 for those, else NaN, which stays in a sum. Four sums, as an addition
 * takes four times as long as it keeps others waiting; asked element by element, it took a tenth of a prediction's time.
 */
const isFiniteData = (data: ArrayLike<number>): boolean => {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = data.length - (data.length % 4)
  for (let i = 0; i < whole; i += 4) {
    a += (data[i] ?? 0) * 0
    b += (data[i + 1] ?? 0) * 0
    c += (data[i + 2] ?? 0) * 0
    d += (data[i + 3] ?? 0) * 0
  }
  for (let i = whole; i < data.length; i++) a += (data[i] ?? 0) * 0
  return a + b + c + d === 0
}

/** `NaN in row 3`: the first element that is not finite, and where; undefined where all are. */
export const nonFinitePlace = ({ dims, dtype, data }: AnyTensor): string | undefined => {
  if ((dtype !== 'f32' && dtype !== 'f64') || isFiniteData(data)) return undefined
  const at = data.findIndex((x: number) => !Number.isFinite(x))
  return `${data[at]} in ${placeOf(dims, at)}`
}

/** Throws `non-finite-data` at the first NaN or infinity; `what` names the data, e.g. `fit: x`. */
export const checkFinite = (what: string, tensor: AnyTensor): void => {
  const place = nonFinitePlace(tensor)
  if (place === undefined) return
  const { data } = tensor
  throw userFault('non-finite-data', `${what} has ${place}`, {
    notes: [`${countNonFinite(data)} of its ${data.length} elements are not finite`],
    suggestion: 'drop or fill such rows before training',
  })
}

const countNonFinite = (data: ArrayLike<number>): number => {
  let count = 0
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++
  return count
}

/** The fault for a class number outside 0 … classes - 1. */
export const labelOutOfRange = (what: string, place: string, label: number, classes: number): Fault =>
  userFault(
    'label-out-of-range',
    `${what}: the label of ${place} is ${label}, but there ${classes === 1 ? 'is one class' : `are ${classes} classes`}`,
    {
      notes: [`labels go from 0 to ${classes - 1}`],
      suggestion:
        classes === 1
          ? 'for one output that means yes or no use binaryCrossentropy'
          : 'renumber the labels from 0, or give the model more outputs',
    },
  )

/** Throws `label-out-of-range` at the first label that is not one of 0 … classes - 1. */
export const checkLabels = (what: string, { dims, data }: AnyTensor, classes: number): void => {
  for (let i = 0; i < data.length; i++) {
    const label = data[i] ?? -1
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw labelOutOfRange(what, placeOf(dims, i), label, classes)
  }
}
