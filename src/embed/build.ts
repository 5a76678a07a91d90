/** Builds in a process of their own, with a limit of time: the user's module may throw, or never end. */
import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bug, Fault, userFault } from '../../runtime/fault.js'
import { temporaryModule } from '../cli/load-module.js'
import {
  type BuildErrand,
  type BuildRequest,
  type BuildResult,
  isBuildAnswer,
  type PlainFault,
} from './request.js'

/** Milliseconds that a build may take by default. */
export const TIME_LIMIT = 30_000

/** Milliseconds after a build until the next process is started beforehand. */
const WATCHED = 200

/** A fault with what a watcher wants: where, and which files to look at. */
export interface Failure {
  readonly fault: Fault
  readonly inputs: readonly string[]
  readonly place: string | undefined
}

/** What a build came to. */
export type Outcome = { readonly result: BuildResult } | { readonly failure: Failure }

const start = (...args: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL('./child.js', import.meta.url)), args, {
    // what the user's module prints does not belong in our output
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  })

const failureOf = (plain: PlainFault): Failure => {
  const { kind, code, message, notes, suggestion, inputs, place } = plain
  const details = suggestion === undefined ? { notes } : { notes, suggestion }
  return { fault: new Fault(kind, code, message, details), inputs, place }
}

const tooLong = (file: string, milliseconds: number): Fault =>
  userFault('module-endless', `${file} was still running after ${milliseconds / 1000} s`, {
    suggestion: 'Keep training and other long work out of the module; --time-limit SECONDS allows more.',
  })

const ended = (file: string, code: number | null, signal: string | null): Fault =>
  userFault('module-ends', `${file} ended the process that loads it (${signal ?? `exit status ${code}`})`, {
    suggestion: 'A module of models only exports; it must not call process.exit.',
  })

/** Runs one request in a process. */
const ask = (child: ChildProcess, request: BuildRequest, limit: number): Promise<Outcome> =>
  new Promise(done => {
    const { file } = request
    const temporary = temporaryModule()
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer)
      rmSync(temporary, { force: true })
      child.removeAllListeners()
      child.kill('SIGKILL')
      done(outcome)
    }
    const fail = (fault: Fault): void => finish({ failure: { fault, inputs: [file], place: undefined } })
    const timer = setTimeout(() => fail(tooLong(file, limit)), limit)
    child.on('message', message => {
      // the user's module runs there, and may send what it likes
      if (isBuildAnswer(message))
        finish('result' in message ? message : { failure: failureOf(message.fault) })
    })
    child.once('exit', (code, signal) => fail(ended(file, code, signal)))
    child.once('error', error => fail(bug(`the build's process cannot start: ${error.message}`)))
    child.ref()
    child.channel?.ref()
    child.send({ request, temporary } satisfies BuildErrand)
  })

/** Builds modules, one process each; with `warm`, the next one is started beforehand. */
export class Builder {
  readonly #limit: number
  readonly #warm: boolean
  #next: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined

  constructor({
    limit = TIME_LIMIT,
    warm = false,
  }: { readonly limit?: number; readonly warm?: boolean } = {}) {
    this.#limit = limit
    this.#warm = warm
  }

  /** Builds; a user's mistake is an outcome, never an exception. */
  async build(request: BuildRequest): Promise<Outcome> {
    clearTimeout(this.#timer)
    const child = this.#next?.connected === true ? this.#next : start()
    this.#next = undefined
    const outcome = await ask(child, { ...request, file: resolve(request.file) }, this.#limit)
    // a process that builds once has ended by then
    if (this.#warm) this.#timer = setTimeout(() => this.#prepare(), WATCHED).unref()
    return outcome
  }

  /** Ends the process that waits. */
  close(): void {
    clearTimeout(this.#timer)
    this.#next?.kill('SIGKILL')
    this.#next = undefined
  }

  /** It must not keep this process alive. */
  #prepare(): void {
    const child = start('rehearse')
    child.unref()
    child.channel?.unref()
    this.#next = child
  }
}
