/** The code of a plan, ready to run: called with no arguments but addresses and counts. */
export interface Executor {
  /** One step of the program on what the arena holds. */
  readonly step: () => void
  /**
   * `run(count, order, ...datasets)`: `count` steps, each after gathering its rows; the numbers are addresses
   * in the arena. Returns how many steps ended with a finite guard. Only programs with streams have it.
   */
  readonly run?: (count: number, order: number, ...datasets: readonly number[]) => number
  /** An exported function without parameters, e.g. one kernel of a plan whose kernels are apart. */
  readonly part: (name: string) => (() => void) | undefined
}

/** An exported function of either target. */
type Exported = (...args: readonly number[]) => unknown

const isExported = (value: unknown): value is Exported => typeof value === 'function'

/** The exports of a module as an executor; `undefined` where there is no `step`. */
export const executorOf = (exports: Readonly<Record<string, unknown>>): Executor | undefined => {
  const { step, run } = exports
  if (!isExported(step)) return undefined
  const call = (): void => {
    step()
  }
  const part: Executor['part'] = name => {
    const found = exports[name]
    return isExported(found) ? () => void found() : undefined
  }
  if (!isExported(run)) return { step: call, part }
  return { step: call, part, run: (count, order, ...datasets) => Number(run(count, order, ...datasets)) }
}
