import type { History } from '../../dsl/types/history.js'

export type { History } from '../../dsl/types/history.js'

/** The numbers of one finished epoch by name, as Keras names them: `loss`, `accuracy`, `val_loss`, … */
export type Logs = Readonly<Record<string, number>>

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
