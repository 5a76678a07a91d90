import { userFault } from '../../runtime/fault.js'
import type { Program } from '../ir/program.js'
import { cse } from './cse.js'
import { dce } from './dce.js'
import { fold } from './fold.js'
import { inlineCustom } from './inline-custom.js'
import type { Pass } from './pass.js'
import { simplify } from './simplify.js'

/** What happens to a program before it is scheduled, in order. */
export const pipeline: readonly Pass[] = [inlineCustom, dce, fold, simplify, cse]

export interface OptimizeOptions {
  /** The name of the last pass to run. */
  readonly stopAfter?: string
  /** Checks the program, at first and after the pass of a name: `check` of `ir/check.ts`. Without it nothing is checked. */
  readonly check?: (program: Program, pass?: string) => void
  /** Called with each pass and what it made. */
  readonly onPass?: (pass: Pass, program: Program) => void
  /** The passes to run; by default the whole pipeline. */
  readonly passes?: readonly Pass[]
}

/** The program after the passes. Throws a `user` fault `unknown-pass` if there is none to stop after. */
export const optimize = (program: Program, options: OptimizeOptions = {}): Program => {
  const { stopAfter, check, onPass, passes = pipeline } = options
  const last = stopAfter === undefined ? passes.length - 1 : passes.findIndex(pass => pass.name === stopAfter)
  if (last < 0 && stopAfter !== undefined) throw unknownPass(stopAfter, passes)
  check?.(program)
  let current = program
  for (const pass of passes.slice(0, last + 1)) {
    current = pass.run(current)
    check?.(current, pass.name)
    onPass?.(pass, current)
  }
  return current
}

const unknownPass = (name: string, passes: readonly Pass[]) =>
  userFault('unknown-pass', `There is no pass named ${name}.`, {
    suggestion: `Choose one of ${passes.map(pass => pass.name).join(', ')}.`,
  })
