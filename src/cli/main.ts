#!/usr/bin/env node
import * as E from 'fp-ts/lib/Either.js'
import pc from 'picocolors'
import { describeFault, Fault, userFault } from '../../runtime/fault.js'
import { attempt } from '../errors.js'
import { formatSummary } from '../summary.js'
import { attemptAsync } from '../task.js'
import { summary } from '../train/summary.js'
import { version } from '../version.js'
import { buildCommand } from './build.js'
import { showCheck } from './check.js'
import { showIr } from './ir.js'
import { loadModule } from './load-module.js'
import { modelsOf, type NamedModel } from './models.js'
import { type CommandLine, type CommandName, passNames, readCommandLine } from './options.js'
import { profileCommand } from './profile.js'

const help = (): string => `densor: typed neural networks, compiled

  densor summary FILE   the layers of each model that FILE exports, and what the compiler makes of it
  densor ir FILE        the program after each pass
  densor build FILE -o DIR   each model as a module without dependencies
  densor profile FILE   where the time of a training step goes, kernel by kernel
  densor check FILE     every pass, every target and the gradients of the models in FILE, verified

FILE is a TypeScript or JavaScript module that exports models.

  --model NAME          only the export of this name
  --batch N             samples in a batch (32)
  --sizes T=5,F=3       sizes of the symbols in a model's input
  --loss NAME           loss of the training step (meanSquaredError)
  --optimizer NAME      optimizer of the training step (adam)
  --train               ir: the whole training step instead of prediction
  --grad                ir: the loss and its gradients
  --stop-after PASS     ir: the last pass to run (${passNames()})
  --loops               ir: the kernels as loops
  --wat                 ir: the kernels as WebAssembly text

  profile:
  --predict             the step of prediction instead
  --html FILE           a page with bars for kernels and layers, to open from disk
  --json                the figures, for other programs
  --target TARGET       wasm, native or js

  build:
  --load FILE           weights that fit saved (safetensors); without, the module takes them when it runs
  --weights FORMAT      f32, f16 or int8 per channel; with --validation FILE (tensors x and y) the loss is measured
  --sidecar             weights in a file beside the module
  --wasm PLACE          inline, file (fetched) or import (for engines that compile no bytes)
  --target TARGET       wasm, js (for pages that forbid even WebAssembly) or c (C99)
  --batch N             most rows of one step (1); --fixed: exactly so many
  --train               also trainStep and fit, with --loss, --optimizer, --train-batch N (8)
  --time-limit SECONDS  for FILE to be loaded and built (30)
  --help, --version

Exit status: 0 all is well; 1 the file, a model or a law is wrong; 2 the command line is.`

/** Inside, a Left is thrown on; it is caught once, below. */
const rightOf = <A>(either: E.Either<Fault, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** What is said of one model. */
type Speaker = (model: NamedModel, line: CommandLine) => Promise<string>

const speakers: Readonly<Record<Exclude<CommandName, 'build' | 'profile'>, Speaker>> = {
  ir: async (model, line) => showIr(model, line),
  summary: async ({ name, model }, { batch, sizes, loss, optimizer }) => {
    const options = { title: name, batchSize: batch, sizes }
    const training = await summary(model, { ...options, loss, optimizer })()
    // What cannot learn can still predict.
    const predicts = E.isLeft(training) && training.left.code === 'nothing-to-train'
    return formatSummary(rightOf(predicts ? await summary(model, options)() : training))
  },
  check: showCheck,
}

/** The fault, with the model that it is about. */
const about = ({ name }: NamedModel, { kind, code, message, notes, suggestion }: Fault): Fault =>
  new Fault(kind, code, message, {
    notes: [...notes, `in the model that is exported as '${name}'`],
    ...remedyFor(code, suggestion),
  })

/** What to do at the command line: there, sizes are an option. */
const remedyFor = (code: string, suggestion: string | undefined): { readonly suggestion?: string } => {
  if (code === 'unknown-size' || code === 'unknown-dimension')
    return { suggestion: 'Say how large it is: --sizes NAME=….' }
  return suggestion === undefined ? {} : { suggestion }
}

/** Runs a command line: what it prints. Faults name what is wrong with the file or its models. */
const execute = async (line: CommandLine): Promise<string> => {
  const { command, files } = line
  if (line.version) return version()
  if (line.help || command === undefined) return help()
  if (command === 'build') return buildCommand(line)
  const [file, ...more] = files
  if (file === undefined || more.length > 0) {
    throw userFault('usage', `densor ${command} takes one file, received ${files.length}`, {
      suggestion: `densor ${command} model.ts`,
    })
  }
  if (command === 'profile') return profileCommand(line, file)
  const models = modelsOf(file, await loadModule(file), line.model)
  const parts: string[] = []
  for (const model of models) {
    const said = await attemptAsync(() => speakers[command](model, line))()
    if (E.isLeft(said)) throw about(model, said.left)
    parts.push(said.right)
  }
  return parts.join('\n\n')
}

const WRONG_LINE = 2
const WRONG_FILE = 1

const fail = (fault: Fault, status: number): void => {
  process.stderr.write(`${pc.red('error:')} ${describeFault(fault)}\n`)
  process.exitCode = status
}

// A reader that has seen enough, such as `head`, closes the pipe: no mistake.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const line = attempt(() => readCommandLine(process.argv.slice(2)))
if (E.isLeft(line)) fail(line.left, WRONG_LINE)
else {
  // The user's module may end the process, or wait for what never comes.
  const early = (): void =>
    fail(
      userFault('module-ends', `${line.right.files[0]} ended the process before densor was done`, {
        suggestion: 'export the models, and leave out process.exit and awaiting what never happens',
      }),
      WRONG_FILE,
    )
  process.once('exit', early)
  const said = await attemptAsync(() => execute(line.right))()
  process.off('exit', early)
  if (E.isLeft(said)) fail(said.left, said.left.code === 'usage' ? WRONG_LINE : WRONG_FILE)
  // A timer of the module's must not keep the command waiting; what was written has to go out first.
  const end = (): void => process.exit(process.exitCode)
  if (E.isRight(said)) process.stdout.write(`${said.right}\n`, end)
  else process.stderr.write('', end)
}
