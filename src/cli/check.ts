import * as E from 'fp-ts/lib/Either.js'
import pc from 'picocolors'
import { checkModel, type LawResult } from '../testing/laws.js'
import type { Subject } from '../testing/subject.js'
import type { NamedModel } from './models.js'
import type { CommandLine } from './options.js'

/** `check` runs the evaluator, which is slow: a few samples show as much as many. */
const SMALL = 5

/** What `densor check` prints of one model: each law, and how well it is kept. Throws the law that is broken. */
export const showCheck = async ({ name, model }: NamedModel, line: CommandLine): Promise<string> => {
  const { sizes, loss, optimizer } = line
  const batch = Math.min(line.batch, SMALL)
  // The typed edge: what was exported is a model, and is checked again where it is traced.
  const found = await checkModel(model as Exclude<Subject, { readonly program: unknown }>, {
    batch,
    sizes,
    loss,
    optimizer,
  })()
  if (E.isLeft(found)) throw found.left
  return formatCheck(name, batch, found.right)
}

/** The results by program, a line for each comparison. */
export const formatCheck = (name: string, batch: number, results: readonly LawResult[]): string => {
  const programs = [...new Set(results.map(({ program }) => program))]
  const groups = programs.map(program => {
    const lines = linesOf(results.filter(result => result.program === program))
    return [`  ${pc.bold(program)}`, ...lines].join('\n')
  })
  const samples = batch === 1 ? '1 random sample' : `${batch} random samples`
  return [`${pc.bold(name)}: checked on ${samples}`, ...groups].join('\n')
}

const linesOf = (results: readonly LawResult[]): readonly string[] => {
  const passes = results.filter(({ law }) => law === 'passes')
  const others = results.filter(({ law }) => law !== 'passes')
  return [...(passes.length === 0 ? [] : [passesLine(passes)]), ...others.map(lineOf)]
}

/** The passes in one line, with the worst of them. */
const passesLine = (passes: readonly LawResult[]): string => {
  const worst = passes.reduce((a, b) => (b.worst > a.worst ? b : a))
  return line(`the program after each of ${passes.length} passes, and as traced`, worst)
}

const lineOf = (result: LawResult): string => {
  switch (result.law) {
    case 'targets':
      return line(`target ${result.what} and the evaluator`, result)
    case 'gradients':
      return line(`gradient by ${result.what} and central differences, in f64`, result)
    case 'passes':
      return line(`the program after ${result.what}, and as traced`, result)
    default:
      return result.law satisfies never
  }
}

/** Wide enough for every comparison. */
const WIDTH = 62

const line = (compared: string, { worst, allowed }: LawResult): string => {
  const apart = worst === 0 ? 'equal' : `${worst.toExponential(1)} apart`
  return `    ${pc.green('ok')}  ${compared.padEnd(WIDTH)}${apart.padEnd(15)}${pc.dim(`${allowed.toExponential(0)} allowed`)}`
}
