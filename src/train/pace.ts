/** How long the event loop may have to wait. */
export const SLICE_MILLISECONDS = 50
const SHARE_FOR_SAVING = 0.1

/**
 * How many steps to run before the event loop gets its turn: about 50 ms worth, so that progress and Ctrl-C
 * live; longer where saving the weights at the start of a slice would take more than a tenth of it.
 */
export class Pace {
  #perStep = 0
  #saving = 0

  /** Steps for the next slice, of `left` that remain. The first slice is one step: nothing is known yet. */
  next(left: number): number {
    if (this.#perStep === 0) return 1
    const slice = Math.max(SLICE_MILLISECONDS, this.#saving / SHARE_FOR_SAVING)
    return Math.max(1, Math.min(left, Math.round(slice / this.#perStep)))
  }

  /** What the last slice took, in milliseconds. */
  observe(steps: number, milliseconds: number, saving: number): void {
    const perStep = Math.max(milliseconds / steps, 1e-6)
    this.#perStep = this.#perStep === 0 ? perStep : 0.5 * this.#perStep + 0.5 * perStep
    this.#saving = saving
  }
}
