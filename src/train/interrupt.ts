import { onInterrupt } from '#platform'

/**
 * What tells a training to stop: an `AbortSignal`, or another object with `aborted`. It is read between steps
 * of the training.
 */
export interface StopSignal {
  readonly aborted: boolean
}

/**
 * Runs a training with a signal that the first Ctrl-C in a terminal raises, so that what was learned is kept; the
 * second one ends the program. A signal of the user's own is passed on as it is.
 */
export const interruptible = async <T>(
  given: StopSignal | undefined,
  body: (signal: StopSignal) => Promise<T>,
): Promise<T> => {
  if (given !== undefined) return body(given)
  const training = { aborted: false }
  const stop = onInterrupt(() => {
    training.aborted = true
  })
  try {
    return await body(training)
  } finally {
    stop()
  }
}
