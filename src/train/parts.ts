import type { Step } from './machine.js'

/** The steps that cover a data set: `count` of `step`, the first of which takes the row at place `first`. */
export interface Part {
  readonly step: Step
  readonly first: number
  readonly count: number
}

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
