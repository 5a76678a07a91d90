/** The numbers of one finished epoch by name, as Keras names them: `loss`, `accuracy`, `val_loss`, … */
export type Logs = Readonly<Record<string, number>>

/** What a training saw, epoch by epoch. */
export interface History {
  /** Number of each finished epoch, from 0. */
  readonly epoch: readonly number[]
  /** For each name one number an epoch. */
  readonly history: Readonly<Record<string, readonly number[]>>
  /** Wall-clock seconds of each epoch, validation included. */
  readonly seconds: readonly number[]
  /** Why the training ended before its last epoch: `interrupted`, or what a callback said. */
  readonly stopped?: string
}

/** A history with no epoch in it. */
export const emptyHistory: History = { epoch: [], history: {}, seconds: [] }

/** The history with one more epoch. */
export const appendEpoch = (history: History, epoch: number, logs: Logs, seconds: number): History => ({
  epoch: [...history.epoch, epoch],
  history: Object.fromEntries(
    Object.entries(logs).map(([name, value]) => [name, [...(history.history[name] ?? []), value]]),
  ),
  seconds: [...history.seconds, seconds],
})
