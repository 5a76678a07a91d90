/** Trainings that Ctrl-C ends. */
const running = new Set<AbortController>()

const endAll = (): void => {
  // The next Ctrl-C does what it always does.
  process.off('SIGINT', endAll)
  for (const training of running) training.abort()
}

/** Ctrl-C is a key of a terminal; and where the program itself listens for it, it is the program's. */
const isOurs = (): boolean =>
  typeof process !== 'undefined' && // A page has none.
  (process.stdout.isTTY === true || process.stderr.isTTY === true) &&
  process.listeners('SIGINT').every(listener => listener === endAll)

/**
 * Runs a training with a signal that the first Ctrl-C in a terminal raises, so that what was learned is kept; the
 * second one ends the program. A signal of the user's own is passed on as it is.
 */
export const interruptible = async <T>(
  given: AbortSignal | undefined,
  body: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> => {
  if (given !== undefined || !isOurs()) return body(given)
  const training = new AbortController()
  if (running.size === 0) process.on('SIGINT', endAll)
  running.add(training)
  try {
    return await body(training.signal)
  } finally {
    running.delete(training)
    if (running.size === 0) process.off('SIGINT', endAll)
  }
}
