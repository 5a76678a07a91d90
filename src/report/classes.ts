import type { AnyTensor } from '../../dsl/types/layer.js'
import { userFault } from '../../runtime/fault.js'
import { argmaxOf } from '../argmax.js'
import { isTensor } from '../data/elements.js'

/** A confusion matrix: how many samples of each class were predicted as which class. */
export interface Confusion {
  /** The names of the classes. */
  readonly labels: readonly string[]
  /** counts[actual][predicted] */
  readonly counts: readonly (readonly number[])[]
}

/** One sample whose predicted class is wrong. */
export interface Mistake {
  /** Row of the sample in the data set. */
  readonly row: number
  /** The actual class. */
  readonly truth: number
  /** The predicted class. */
  readonly guess: number
  /** Probability of the predicted class. */
  readonly confidence: number
  /** Probability of the actual class. */
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

/**
 * The confusion matrix of predictions: `scores` [rows, classes] as a model gives them, and the true classes,
 * numbers [rows]. `labels` names the classes. Throws a `Fault` if the numbers of scores and labels differ.
 *
 * @example
 * ```ts
 * import { confusionOf } from 'densor'
 *
 * const scores = [0.9, 0.1, 0.4, 0.6, 0.7, 0.3] // three rows of two classes
 * console.log(confusionOf(scores, [0, 1, 1], ['cat', 'dog']).counts) // [[1, 0], [1, 1]]
 * ```
 */
export const confusionOf = (given: Numbers, wanted: Numbers, labels: readonly string[]): Confusion => {
  const classes = labels.length
  const [scores, truth] = [elementsOf(given), elementsOf(wanted)]
  const rows = rowsOf(scores, truth, classes)
  const counts = labels.map(() => labels.map(() => 0))
  for (let row = 0; row < rows; row++) {
    const line = counts[truth[row] ?? 0]
    const guess = argmaxOf(scores, row * classes, classes)
    if (line !== undefined) line[guess] = (line[guess] ?? 0) + 1
  }
  return { labels, counts }
}

/**
 * The samples that were predicted wrongly, those first whose true class got the lowest probability, at most
 * `limit` of them: `scores` [rows, classes] as a model gives them, and the true classes, numbers [rows].
 * Throws a `Fault` if the numbers of scores and labels differ.
 *
 * @example
 * ```ts
 * import { worstMistakes } from 'densor'
 *
 * const scores = [0.9, 0.1, 0.4, 0.6, 0.7, 0.3] // three rows of two classes
 * console.log(worstMistakes(scores, [0, 1, 1], 2, 10)) // row 2: truth 1, guess 0, confidence 0.7
 * ```
 */
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
    const guess = argmaxOf(scores, row * classes, classes)
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
