import type { AnyTensor } from '../../dsl/types/layer.js'
import { userFault } from '../../runtime/fault.js'
import { argmaxRow } from '../argmax.js'
import { isTensor } from '../data/elements.js'

/** How often samples of one class were taken for another. */
export interface Confusion {
  readonly labels: readonly string[]
  /** counts[truth][predicted] */
  readonly counts: readonly (readonly number[])[]
}

/** One sample that was read wrongly. */
export interface Mistake {
  /** Row of the sample in the data set. */
  readonly row: number
  readonly truth: number
  readonly guess: number
  /** Probability given to the wrong class. */
  readonly confidence: number
  /** Probability given to the right class. */
  readonly truthProbability: number
}

/** Numbers, or a tensor of them. */
export type Numbers = ArrayLike<number> | AnyTensor

const elementsOf = (numbers: Numbers): ArrayLike<number> => (isTensor(numbers) ? numbers.data : numbers)

const rowsOf = (scores: ArrayLike<number>, truth: ArrayLike<number>, classes: number): number => {
  if (scores.length !== truth.length * classes)
    throw userFault(
      'shape-mismatch',
      `report: ${truth.length} labels need ${truth.length * classes} scores for ${classes} classes, received ${scores.length}`,
    )
  return truth.length
}

/** Counts of truth against prediction: scores [rows, classes] of a model, class numbers [rows] that are right. */
export const confusionOf = (given: Numbers, wanted: Numbers, labels: readonly string[]): Confusion => {
  const classes = labels.length
  const [scores, truth] = [elementsOf(given), elementsOf(wanted)]
  const rows = rowsOf(scores, truth, classes)
  const counts = labels.map(() => labels.map(() => 0))
  for (let row = 0; row < rows; row++) {
    const line = counts[truth[row] ?? 0]
    const guess = argmaxRow(scores, row * classes, classes)
    if (line !== undefined) line[guess] = (line[guess] ?? 0) + 1
  }
  return { labels, counts }
}

/** The `limit` mistakes that gave the right class the least probability, worst first. */
export const worstMistakes = (
  given: Numbers,
  wanted: Numbers,
  classes: number,
  limit: number,
): readonly Mistake[] => {
  const [scores, truth] = [elementsOf(given), elementsOf(wanted)]
  const rows = rowsOf(scores, truth, classes)
  const mistakes: Mistake[] = []
  for (let row = 0; row < rows; row++) {
    const guess = argmaxRow(scores, row * classes, classes)
    const right = truth[row] ?? 0
    if (guess === right) continue
    const confidence = scores[row * classes + guess] ?? 0
    mistakes.push({
      row,
      truth: right,
      guess,
      confidence,
      truthProbability: scores[row * classes + right] ?? 0,
    })
  }
  return mistakes
    .sort((a, b) => a.truthProbability - b.truthProbability || b.confidence - a.confidence || a.row - b.row)
    .slice(0, limit)
}
