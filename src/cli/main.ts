#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import pc from 'picocolors'
import { describeFault, type Fault, userFault } from '../../runtime/fault.js'
import { attemptAsync } from '../errors.js'
import { formatSummary } from '../summary.js'
import { checkModel } from '../testing/check-model.js'
import { summary } from '../train/summary.js'
import { passNames, showIr } from './ir.js'
import { loadModule } from './load-module.js'
import { modelsOf, type NamedModel } from './models.js'
import { type CommandLine, readCommandLine } from './options.js'

const help = (): string => `densor: typed neural networks, compiled

  densor summary FILE   the layers of each model that FILE exports, and what the compiler makes of it
  densor ir FILE        the program after each pass
  densor check FILE     every pass, every target and the gradients of the models in FILE, verified

FILE is a TypeScript or JavaScript module that exports models.

  --model NAME          only the export of this name
  --batch N             samples in a batch (32)
  --loss NAME           loss of the training step (meanSquaredError)
  --optimizer NAME      optimizer of the training step (adam)
  --train               ir: the whole training step instead of prediction
  --grad                ir: the loss and its gradients
  --stop-after PASS     ir: the last pass to run (${passNames()})
  --loops               ir: the kernels as loops
  --wat                 ir: the kernels as WebAssembly text
  --help, --version`

const version = (): string => {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  )
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : 'unknown'
}

/** `check` runs the evaluator, which is slow: a few samples show as much as many. */
const SMALL = 5

/** Inside, a Left is thrown on; it is caught once, below. */
const rightOf = <A>(either: E.Either<Fault, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

type Command = (model: NamedModel, line: CommandLine) => Promise<string>

const commands: Readonly<Record<string, Command>> = {
  ir: async (model, line) => showIr(model, line),
  summary: async ({ model }, { batch, loss, optimizer }) =>
    formatSummary(rightOf(await summary(model, { batchSize: batch, loss, optimizer })())),
  check: async ({ name, model }, { batch, loss, optimizer }) => {
    const results = rightOf(await checkModel(model, { batch: Math.min(batch, SMALL), loss, optimizer })())
    const lines = results.map(
      r =>
        `  ${pc.green('ok')} ${r.program}: ${r.what} within ${r.worst.toExponential(1)} (allowed ${r.tolerance.toExponential(0)})`,
    )
    return [`${name}:`, ...lines].join('\n')
  },
}

/** Runs a command line: what it prints. Faults name what is wrong with it. */
const execute = async (argv: readonly string[]): Promise<string> => {
  const line = readCommandLine(argv)
  if (line.version) return version()
  if (line.help || line.command === undefined) return help()
  const command = commands[line.command]
  if (command === undefined) {
    throw userFault('unknown-command', `densor has no command ${line.command}`, {
      suggestion: `Use one of ${Object.keys(commands).join(', ')}; densor --help tells more.`,
    })
  }
  const [file, ...more] = line.files
  if (file === undefined || more.length > 0) {
    throw userFault('usage', `densor ${line.command} takes one file, received ${line.files.length}`)
  }
  const models = modelsOf(file, await loadModule(file), line.model)
  const parts: string[] = []
  for (const model of models) parts.push(await command(model, line))
  return parts.join('\n\n')
}

const result: E.Either<Fault, string> = await attemptAsync(() => execute(process.argv.slice(2)))()
if (E.isLeft(result)) {
  process.stderr.write(`${pc.red('error:')} ${describeFault(result.left)}\n`)
  process.exitCode = result.left.code === 'usage' ? 2 : 1
} else {
  process.stdout.write(`${result.right}\n`)
}
