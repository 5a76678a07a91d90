import { parseArgs } from 'node:util'
import { pipeline } from '../../compiler/passes/pipeline.js'
import { findLoss } from '../../dsl/losses.js'
import { findOptimizer, type Optimizer } from '../../dsl/optimizers.js'
import type { Loss } from '../../dsl/types/training.js'
import { userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import type { WeightFormat } from '../embed/pack-weights.js'

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  model: { type: 'string' },
  batch: { type: 'string' },
  sizes: { type: 'string' },
  loss: { type: 'string' },
  optimizer: { type: 'string' },
  train: { type: 'boolean' },
  grad: { type: 'boolean' },
  loops: { type: 'boolean' },
  wat: { type: 'boolean' },
  'stop-after': { type: 'string' },
  out: { type: 'string', short: 'o' },
  load: { type: 'string' },
  weights: { type: 'string' },
  sidecar: { type: 'boolean' },
  wasm: { type: 'string' },
  target: { type: 'string' },
  fixed: { type: 'boolean' },
  'train-batch': { type: 'string' },
  validation: { type: 'string' },
  'time-limit': { type: 'string' },
  predict: { type: 'boolean' },
  html: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** What densor can be told to do. */
export const COMMANDS = ['summary', 'ir', 'check', 'build', 'profile'] as const

/** The name of a command. */
export type CommandName = (typeof COMMANDS)[number]

/** The command line, read. */
export interface CommandLine {
  readonly command: CommandName | undefined
  readonly files: readonly string[]
  readonly help: boolean
  readonly version: boolean
  readonly model: string | undefined
  readonly batch: number
  /** Sizes of the symbols in the models' inputs. */
  readonly sizes: Readonly<Record<string, number>>
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly train: boolean
  readonly grad: boolean
  readonly loops: boolean
  readonly wat: boolean
  readonly stopAfter: string | undefined
  readonly build: BuildLine
  readonly profile: ProfileLine
}

/** What `densor build` alone takes. */
export interface BuildLine {
  readonly out: string | undefined
  /** Rows of one step of prediction; what is not given is as the module says, or 1. */
  readonly batch: number | undefined
  readonly fixed: boolean
  /** The file of weights to build in. */
  readonly load: string | undefined
  readonly format: WeightFormat
  readonly sidecar: boolean
  readonly wasm: 'inline' | 'file' | 'import'
  readonly target: 'wasm' | 'js' | 'c' | undefined
  readonly loss: string
  readonly optimizer: string
  readonly trainBatch: number
  readonly validation: string | undefined
  readonly seconds: number
}

/** What `densor profile` alone takes. */
export interface ProfileLine {
  /** The step of prediction instead of the one of training. */
  readonly predict: boolean
  readonly target: 'wasm' | 'native' | 'js'
  /** The page to write. */
  readonly html: string | undefined
  readonly json: boolean
}

const usage = (sentence: string, suggestion = 'Run densor --help.') =>
  userFault('usage', sentence, { suggestion })

/** Reads the arguments after `densor`. Faults name the option and what it takes. */
export const readCommandLine = (argv: readonly string[]): CommandLine => {
  const { values, positionals } = parse(argv)
  const [name, ...files] = positionals
  const asked = values.help === true || values.version === true
  const command = asked ? undefined : commandOf(name)
  refuseStray(command, values)
  return {
    command,
    files,
    help: values.help ?? false,
    version: values.version ?? false,
    model: values.model,
    batch: count('--batch', values.batch, 32),
    sizes: sizesOf(values.sizes),
    loss: findLoss(values.loss ?? 'meanSquaredError'),
    optimizer: findOptimizer(values.optimizer ?? 'adam'),
    train: values.train ?? false,
    grad: values.grad ?? false,
    loops: values.loops ?? false,
    wat: values.wat ?? false,
    stopAfter: passOf(values['stop-after']),
    build: {
      out: values.out,
      batch: values.batch === undefined ? undefined : count('--batch', values.batch, 1),
      fixed: values.fixed ?? false,
      load: values.load,
      format: oneOf('--weights', values.weights, ['f32', 'f16', 'int8']),
      sidecar: values.sidecar ?? false,
      wasm: oneOf('--wasm', values.wasm, ['inline', 'file', 'import']),
      target:
        command === 'build' && values.target !== undefined
          ? oneOf<'wasm' | 'js' | 'c'>('--target', values.target, ['wasm', 'js', 'c'])
          : undefined,
      loss: values.loss ?? 'meanSquaredError',
      optimizer: values.optimizer ?? 'adam',
      trainBatch: count('--train-batch', values['train-batch'], 8),
      validation: values.validation,
      seconds: count('--time-limit', values['time-limit'], 30),
    },
    profile: {
      predict: values.predict ?? false,
      target: oneOf('--target', command === 'profile' ? values.target : undefined, ['wasm', 'native', 'js']),
      html: values.html,
      json: values.json ?? false,
    },
  }
}

const commandOf = (name: string | undefined): CommandName | undefined => {
  const command = COMMANDS.find(known => known === name)
  if (command !== undefined || name === undefined) return command
  throw userFault('unknown-command', `densor has no command ${name}`, {
    suggestion: `Use one of ${COMMANDS.join(', ')}; densor --help tells more.`,
  })
}

const passOf = (name: string | undefined): string | undefined => {
  if (name === undefined || pipeline.some(pass => pass.name === name)) return name
  throw userFault('unknown-pass', `there is no pass ${name}`, { suggestion: `Use one of ${passNames()}.` })
}

/** The names of the passes, in order. */
export const passNames = (): string => pipeline.map(pass => pass.name).join(', ')

type Values = ReturnType<typeof parse>['values']

/** Options that only some commands have; the others have all. */
const OWNERS: readonly (readonly [commands: readonly CommandName[], names: readonly (keyof Values)[]])[] = [
  [['summary', 'ir', 'check', 'profile'], ['sizes']],
  [['ir', 'build'], ['train']],
  [['ir'], ['grad', 'loops', 'wat', 'stop-after']],
  [['profile'], ['predict', 'html', 'json']],
  [['build', 'profile'], ['target']],
  [
    ['build'],
    ['out', 'load', 'weights', 'sidecar', 'wasm', 'fixed', 'train-batch', 'validation', 'time-limit'],
  ],
]

/** Options of which at most one may be given. */
const RIVALS: readonly (readonly (keyof Values)[])[] = [
  ['train', 'grad'],
  ['loops', 'wat', 'stop-after'],
]

/** Options of how a module is stored that a target has no use for. */
const STORED: Readonly<Record<string, readonly (keyof Values)[]>> = {
  c: ['weights', 'sidecar', 'wasm'],
  js: ['wasm'],
}

/** Refuses options that would be passed over without a word. */
const refuseStray = (command: CommandName | undefined, values: Values): void => {
  if (command === undefined) return
  const stray = OWNERS.flatMap(([commands, names]) => (commands.includes(command) ? [] : names)).find(
    name => values[name] !== undefined,
  )
  if (stray !== undefined) throw usage(`densor ${command} has no option --${stray}`)
  const unused = ownOf(STORED, values.target ?? '')?.find(name => values[name] !== undefined)
  if (unused !== undefined) throw usage(`--${unused} is of no use with --target ${values.target}`)
  for (const rivals of RIVALS) {
    const [first, second] = rivals.filter(name => values[name] !== undefined)
    if (second !== undefined) throw usage(`--${first} and --${second} exclude each other`)
  }
}

const oneOf = <T extends string>(
  name: string,
  given: string | undefined,
  choices: readonly [T, ...T[]],
): T => {
  const found = given === undefined ? choices[0] : choices.find(choice => choice === given)
  if (found !== undefined) return found
  throw usage(`${name} takes one of ${choices.join(', ')}, received ${given}`)
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

/** T=5,F=3 as a record. */
const sizesOf = (given: string | undefined): Readonly<Record<string, number>> => {
  if (given === undefined) return {}
  const pairs = given.split(',').map(pair => {
    const [symbol = '', size, ...more] = pair.split('=').map(part => part.trim())
    if (symbol === '' || size === undefined || more.length > 0)
      throw usage(`--sizes takes sizes by symbol, like T=5,F=3, received ${given}`)
    return [symbol, count(`--sizes ${symbol}`, size, 1)] as const
  })
  return Object.fromEntries(pairs)
}
