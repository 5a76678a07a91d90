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

/** Writes a history down while the training runs. */
export class Recorder {
  readonly #epochs: number[] = []
  readonly #columns = new Map<string, number[]>()
  readonly #seconds: number[] = []

  /** One more epoch. */
  epoch(epoch: number, logs: Logs, seconds: number): void {
    this.#epochs.push(epoch)
    this.#seconds.push(seconds)
    for (const [name, value] of Object.entries(logs)) {
      const column = this.#columns.get(name) ?? []
      column.push(value)
      this.#columns.set(name, column)
    }
  }

  /** The history so far, copied. */
  history(): History {
    const columns = [...this.#columns].map(([name, values]) => [name, [...values]] as const)
    return { epoch: [...this.#epochs], history: Object.fromEntries(columns), seconds: [...this.#seconds] }
  }
}
