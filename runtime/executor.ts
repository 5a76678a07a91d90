/** The code of a plan, ready to run: called with no arguments but addresses and counts. */
export interface Executor {
  /** Computes what depends on the plan's fixed inputs alone: after they were written, before the next step. */
  readonly prepare: () => void
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

/** The `prepare` of a plan without fixed inputs. */
export const nothing = (): void => undefined

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
  const prepare = part('prepare') ?? nothing
  if (!isExported(run)) return { prepare, step: call, part }
  return {
    prepare,
    step: call,
    part,
    run: (count, order, ...datasets) => Number(run(count, order, ...datasets)),
  }
}
