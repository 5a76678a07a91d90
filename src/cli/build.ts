import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { userFault } from '../../runtime/fault.js'
import { type BuildOptions, type BuildResult, type BuiltFile, buildInto } from '../embed/library.js'
import { compactBytes } from '../text.js'
import type { CommandLine } from './options.js'

const optionsOf = ({ model, train, build }: CommandLine): BuildOptions => {
  const { batch, fixed, load, format, sidecar, wasm, target, validation, seconds } = build
  const { loss, optimizer, trainBatch } = build
  return {
    ...(model === undefined ? {} : { only: model }),
    ...(load === undefined ? {} : { weights: load }),
    ...(validation === undefined ? {} : { validation }),
    limit: 1000 * seconds,
    language: target === 'c' ? 'c' : 'js',
    // what is not given stays as the module says
    plan: {
      ...(target === undefined ? {} : { target: target === 'js' ? 'js' : 'wasm' }),
      ...(batch === undefined ? {} : { batch }),
      ...(fixed ? { fixed } : {}),
      ...(train ? { train: { loss, optimizer, batch: trainBatch } } : {}),
    },
    storage: { format, wasm, weights: sidecar ? 'file' : 'inline' },
  }
}

const lineOf = (folder: string, { name, content }: BuiltFile): string =>
  `  ${join(folder, name)}  ${compactBytes(Buffer.byteLength(content))}, ${compactBytes(gzipSync(content).length)} compressed`

const report = (folder: string, { models, files }: BuildResult): string =>
  models
    .flatMap(({ name, signature, notes }) => [
      `${name}: ${signature}`,
      ...notes.map(note => `  ${note}`),
      ...files
        .filter(file => /^\w+?(?=_test\.c$|\.)/.exec(file.name)?.[0] === name)
        .map(file => lineOf(folder, file)),
    ])
    .join('\n')

/** `densor build FILE -o DIR`: what it wrote, for people. Faults as `buildInto` fails, and for a wrong command line. */
export const buildCommand = async (line: CommandLine): Promise<string> => {
  const [file, ...more] = line.files
  const { out } = line.build
  if (file === undefined || more.length > 0)
    throw userFault('usage', `densor build takes one file, received ${line.files.length}`)
  if (out === undefined)
    throw userFault('usage', 'densor build needs a folder to write to', {
      suggestion: `densor build ${file} -o DIR`,
    })
  const built = await buildInto(file, out, optionsOf(line))()
  if (E.isLeft(built)) throw built.left
  return report(out, built.right)
}
