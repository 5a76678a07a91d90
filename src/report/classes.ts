import { userFault } from '../../runtime/fault.js'

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

/** Index of the largest of `count` elements from `start`; the first of equals. */
export const argmaxRow = (data: ArrayLike<number>, start: number, count: number): number => {
  let best = 0
  for (let i = 1; i < count; i++) if ((data[start + i] ?? 0) > (data[start + best] ?? 0)) best = i
  return best
}

const rowsOf = (scores: ArrayLike<number>, truth: ArrayLike<number>, classes: number): number => {
  if (scores.length !== truth.length * classes)
    throw userFault(
      'shape-mismatch',
      `report: ${truth.length} labels need ${truth.length * classes} scores for ${classes} classes, received ${scores.length}`,
    )
  return truth.length
}

/** Counts of truth against prediction: `scores` [rows, classes], `truth` [rows] of class numbers. */
export const confusionOf = (
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  labels: readonly string[],
): Confusion => {
  const classes = labels.length
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
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
  limit: number,
): readonly Mistake[] => {
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
