/** What differs by platform. `node.ts` and `web.ts` export each member by its name; `#platform` is one of the two. */
import type { Spawn } from '../../runtime/threads.js'

/** Where progress is written: a terminal, a pipe, or a test's list of strings. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

type Style = (text: string) => string

/** One platform. */
export interface Platform {
  /** Where `fit` writes its progress when it is given no `output`. */
  readonly output: ProgressOutput
  /** Text in colours, where the terminal shows them; elsewhere as it is. */
  readonly paint: { readonly bold: Style; readonly dim: Style; readonly cyan: Style }
  /** Lets timers, signals, the terminal or the page have their turn. */
  readonly breathe: () => Promise<void>
  /** Calls `raised` at the first Ctrl-C in a terminal; what it returns ends that. Does nothing if there is no terminal. */
  readonly onInterrupt: (raised: () => void) => () => void
  /** Prints what `report` gives when the program ends by itself and well. Does nothing in a page. */
  readonly atEnd: (report: () => string | undefined) => void
  /** Starts a thread; `undefined` where densor starts none, and everything runs on one. */
  readonly spawnThread: Spawn | undefined
  /** Bytes as a zlib stream (RFC 1950), compressed where the platform can do so at once. */
  readonly deflate: (bytes: Uint8Array) => Uint8Array
}
