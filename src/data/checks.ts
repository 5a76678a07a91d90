import type { AnyTensor } from '../../dsl/types/layer.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { placeOf } from './tensor.js'

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

/** Throws `non-finite-data` at the first NaN or infinity; `what` names the data, e.g. `fit: x`. */
export const checkFinite = (what: string, { dims, dtype, data }: AnyTensor): void => {
  if ((dtype !== 'f32' && dtype !== 'f64') || isFiniteData(data)) return
  for (let i = 0; i < data.length; i++) {
    const x = data[i]
    if (!Number.isFinite(x))
      throw userFault('non-finite-data', `${what} has ${x} in ${placeOf(dims, i)}`, {
        notes: [`${countNonFinite(data)} of its ${data.length} elements are not finite`],
        suggestion: 'drop or fill such rows before training',
      })
  }
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
    `${what}: the label of ${place} is ${label}, but there are ${classes} classes`,
    {
      notes: [`labels go from 0 to ${classes - 1}`],
      suggestion: 'renumber the labels from 0, or give the model more outputs',
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
