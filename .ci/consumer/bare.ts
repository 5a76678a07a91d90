/** What a program for a page writes, compiled without the types of pages or of Node, and with every declaration checked. */
import { dense, fit, input, sequential, tensor, unwrap } from 'densor'

const x = unwrap(tensor([2, 2], [0, 1, 2, 3]))
const y = unwrap(tensor([2, 1], [1, 0]))
export const trained = fit(
  sequential(input(2), dense(1)),
  { x, y },
  { loss: 'meanSquaredError', signal: { aborted: true } },
)

// @ts-expect-error a page has no files
export { saveWeights } from 'densor'
