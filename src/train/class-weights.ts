import type { AnyTensor } from '../../dsl/types/layer.js'
import { userFault } from '../../runtime/fault.js'
import { argmaxOf } from '../argmax.js'
import { tensorOf } from '../data/tensor.js'

/** The class of each row: the label itself, or where the largest target is. */
const classesOf = ({ dims, data }: AnyTensor): readonly number[] => {
  const width = dims.length > 1 ? (dims.at(-1) ?? 1) : 1
  return Array.from({ length: dims[0] ?? 0 }, (_, row) =>
    width === 1 ? Math.round(data[row] ?? 0) : argmaxOf(data, row * width, width),
  )
}

/**
 * One weight a row from weights by class, times the row's own weight where it has one; 1 for a class without.
 */
export const weightsByClass = (
  y: AnyTensor,
  loss: string,
  classWeight: Readonly<Record<number, number>>,
  own: AnyTensor | undefined,
  classes: number,
): AnyTensor => {
  const stranger = Object.keys(classWeight).find(label => !(Number(label) < classes))
  if (stranger !== undefined && /entropy$/i.test(loss))
    throw userFault(
      'bad-option',
      `fit: classWeight has class ${stranger}, but there are ${classes} classes`,
      {
        suggestion: `classes are numbered from 0 to ${classes - 1}`,
      },
    )
  const hasOneClass = y.dims.length === 1 || (y.dims.length === 2 && loss !== 'sparseCategoricalCrossentropy')
  if (!hasOneClass)
    throw userFault(
      'bad-option',
      `fit: classWeight needs one class a row, but the targets are [${y.dims.join(', ')}]`,
      {
        suggestion: `pass sampleWeight instead, one for each position: [${y.dims.slice(0, 2).join(', ')}]`,
      },
    )
  if (own !== undefined && own.dims.length > 1)
    throw userFault(
      'bad-option',
      `fit: classWeight goes with one sampleWeight a row, but there are [${own.dims.join(', ')}]`,
      { suggestion: 'multiply the class weights into sampleWeight' },
    )
  const weights = classesOf(y).map((label, row) => (classWeight[label] ?? 1) * (own?.data[row] ?? 1))
  return tensorOf([weights.length], 'f32', Float32Array.from(weights))
}
