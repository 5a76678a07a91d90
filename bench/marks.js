/**
 * What densor has to reach. With a `peer`, the bound is on the median of paired ratios, densor's figure over the
 * peer's; without one, on densor's own figure.
 */
export const marks = [
  { case: 'W1', peer: 'jax-js', atLeast: 1.5 },
  { case: 'W1-compile', atMost: 200 },
  { case: 'W2-b1', peer: 'onnxruntime-web', atMost: 1.0 },
  { case: 'W2-b256', peer: 'onnxruntime-web', atLeast: 1.0 },
  { case: 'W3', peer: 'plain-js', atLeast: 0.7 },
  { case: 'W3', peer: 'jax-js', atLeast: 80 },
  { case: 'W4', peer: 'jax-js', atLeast: 40 },
  { case: 'W5', peer: 'onnxruntime-web', atMost: 1.0 },
]

/** The marks on one case and peer (`undefined`: on densor's own figure). */
export const marksOn = (caseId, peer) => marks.filter(mark => mark.case === caseId && mark.peer === peer)

/** Whether a figure reaches a mark. */
export const reached = (mark, figure) =>
  (mark.atLeast === undefined || figure >= mark.atLeast) &&
  (mark.atMost === undefined || figure <= mark.atMost)

/** A mark in words: `>= 1.5`, `<= 200`. */
export const markText = mark => (mark.atLeast === undefined ? `<= ${mark.atMost}` : `>= ${mark.atLeast}`)
