import { paint } from '#platform'
import type { ProgressOutput } from '../platform/platform.js'
import { compact, duration, percent } from '../text.js'
import type { Logs } from './history.js'

/** What `fit` prints: nothing, a live bar (lines if the output is not a terminal), or one line for each epoch. */
export type Verbosity = 'silent' | 'bar' | 'lines'

const BAR = 24
const CLEAR = '\r\u001b[K'
const MILLISECONDS_BETWEEN_FRAMES = 80

/** `loss 0.1234  accuracy 96.1 %  …`, held-out numbers after the others. */
export const formatLogs = (logs: Logs): string =>
  Object.entries(logs)
    .map(
      ([name, value]) => `${paint.dim(name)} ${/accuracy/i.test(name) ? percent(value, 2) : compact(value)}`,
    )
    .join('  ')

const bar = (share: number): string => {
  const full = Math.round(BAR * Math.min(1, Math.max(0, share)))
  return `${paint.cyan('━'.repeat(full))}${paint.dim('━'.repeat(BAR - full))}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOURS = /\u001b\[[0-9;]*m/g

const plain = (text: string): string => text.replace(COLOURS, '')

/** Cuts text to a number of columns; colours take no room, and go when something is cut. */
const cut = (text: string, columns: number): string =>
  plain(text).length <= columns ? text : plain(text).slice(0, Math.max(0, columns))

/** Says how a training goes: one line an epoch, live on a terminal. */
export class Progress {
  readonly #output: ProgressOutput
  readonly #verbosity: Verbosity
  readonly #epochs: number
  #lastFrame = 0
  #open = false

  constructor(output: ProgressOutput, verbosity: Verbosity, epochs: number) {
    this.#output = output
    this.#verbosity = verbosity
    this.#epochs = epochs
  }

  /** After some steps of an epoch. */
  step(epoch: number, done: number, steps: number, seconds: number, logs: Logs): void {
    if (!this.#isLive) return
    const now = performance.now()
    if (this.#open && done < steps && now - this.#lastFrame < MILLISECONDS_BETWEEN_FRAMES) return
    this.#lastFrame = now
    this.#open = true
    const left =
      done === 0 || done === steps ? '' : paint.dim(` ${duration((seconds / done) * (steps - done))} left`)
    const line = `${this.#epoch(epoch)} ${bar(done / steps)} ${paint.dim(`${done}/${steps}`)} ${formatLogs(logs)}${left}`
    this.#output.write(`${CLEAR}${cut(line, this.#columns - 1)}`)
  }

  /** When an epoch is over. */
  epoch(epoch: number, seconds: number, logs: Logs): void {
    if (this.#verbosity === 'silent') return
    this.#clear()
    const numbers = `${paint.dim(duration(seconds).padStart(7))}  ${formatLogs(logs)}`
    const name = this.#epoch(epoch)
    // Where there is room, the bar stays beside the numbers, so that lines stay aligned.
    const withBar = `${name} ${bar(1)} ${numbers}`
    const shown = this.#isLive && plain(withBar).length < this.#columns ? withBar : `${name} ${numbers}`
    this.#output.write(`${shown}\n`)
  }

  /** A remark between epochs. */
  note(text: string): void {
    if (this.#verbosity === 'silent') return
    this.#clear()
    this.#output.write(`${text}\n`)
  }

  /** Leaves the terminal in order, however the training ended. */
  close(): void {
    this.#clear()
  }

  #clear(): void {
    if (this.#open) this.#output.write(CLEAR)
    this.#open = false
  }

  get #isLive(): boolean {
    return this.#verbosity === 'bar' && this.#output.isTTY === true
  }

  /** Some terminals say that they have no columns at all. */
  get #columns(): number {
    return this.#output.columns || 80
  }

  #epoch(epoch: number): string {
    const total = String(this.#epochs)
    return `epoch ${String(epoch + 1).padStart(total.length)}/${total}`
  }
}
