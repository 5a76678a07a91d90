import type { AnyTensor } from '../../dsl/types/layer.js'
import { sizeOf } from '../../runtime/dtype.js'
import { tensorOf } from '../data/tensor.js'
import type { OneOrNamed } from './given.js'
import type { FedModel } from './samples.js'

/** Room for what a model gives for all rows, by the outputs of its programs. */
export interface RoomForOutput {
  readonly name: string
  readonly port: string
  /** Elements of a row. */
  readonly width: number
  readonly tensor: AnyTensor
}

/** Zeros for every output of a model on its data. */
export const answersOf = ({ outputs, rows }: FedModel): readonly RoomForOutput[] =>
  outputs.map(({ name, port, shape }) => {
    const dims = [rows, ...shape.slice(1).map(Number)]
    const width = sizeOf(dims.slice(1))
    return { name, port, width, tensor: tensorOf(dims, 'f32', new Float32Array(rows * width)) }
  })

/** The one tensor, or a record of them by the names of the outputs. */
export const answerOf = (answers: readonly RoomForOutput[]): OneOrNamed<AnyTensor> => {
  const [first] = answers
  return first?.name === ''
    ? first.tensor
    : Object.fromEntries(answers.map(({ name, tensor }) => [name, tensor]))
}
