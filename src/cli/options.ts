import { parseArgs } from 'node:util'
import { findLoss } from '../../dsl/losses.js'
import { findOptimizer, type Optimizer } from '../../dsl/optimizers.js'
import type { Loss } from '../../dsl/types/training.js'
import { userFault } from '../../runtime/fault.js'

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  model: { type: 'string' },
  batch: { type: 'string' },
  loss: { type: 'string' },
  optimizer: { type: 'string' },
  train: { type: 'boolean' },
  grad: { type: 'boolean' },
  loops: { type: 'boolean' },
  wat: { type: 'boolean' },
  'stop-after': { type: 'string' },
} as const

/** The command line, read. */
export interface CommandLine {
  readonly command: string | undefined
  readonly files: readonly string[]
  readonly help: boolean
  readonly version: boolean
  readonly model: string | undefined
  readonly batch: number
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly train: boolean
  readonly grad: boolean
  readonly loops: boolean
  readonly wat: boolean
  readonly stopAfter: string | undefined
}

const usage = (sentence: string, suggestion = 'Run densor --help.') =>
  userFault('usage', sentence, { suggestion })

/** Reads the arguments after `densor`. Faults name the option and what it takes. */
export const readCommandLine = (argv: readonly string[]): CommandLine => {
  const { values, positionals } = parse(argv)
  const [command, ...files] = positionals
  return {
    command,
    files,
    help: values.help ?? false,
    version: values.version ?? false,
    model: values.model,
    batch: count('--batch', values.batch, 32),
    loss: findLoss(values.loss ?? 'meanSquaredError'),
    optimizer: findOptimizer(values.optimizer ?? 'adam'),
    train: values.train ?? false,
    grad: values.grad ?? false,
    loops: values.loops ?? false,
    wat: values.wat ?? false,
    stopAfter: values['stop-after'],
  }
}

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw usage(sentence ?? 'the arguments cannot be read')
  }
}

const count = (name: string, given: string | undefined, otherwise: number): number => {
  if (given === undefined) return otherwise
  const n = Number(given)
  if (!Number.isSafeInteger(n) || n <= 0) throw usage(`${name} takes a positive integer, received ${given}`)
  return n
}
