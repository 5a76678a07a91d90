import type { Part } from './loop.js'
import type { Step } from './machine.js'

/**
 * Steps that take each of `rows` rows once: whole batches, then one exact step for the rows that remain.
 * A batch larger than the data is one step of all rows, as in Keras.
 */
export const partsOf = async (
  rows: number,
  batch: number,
  load: (batch: number) => Promise<Step>,
): Promise<readonly Part[]> => {
  const whole = Math.floor(rows / batch)
  const rest = rows % batch
  const parts: Part[] = []
  if (whole > 0) parts.push({ step: await load(batch), first: 0, count: whole })
  if (rest > 0) parts.push({ step: await load(rest), first: whole * batch, count: 1 })
  return parts
}
