import { dirname, isAbsolute, relative, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { recordOrigins } from '../../dsl/layers/origin.js'
import { userFault } from '../../runtime/fault.js'
import { writeFileAtomic } from '../formats/files.js'
import type { Profile } from '../profile/measure.js'
import { renderProfile } from '../profile/page.js'
import { profile } from '../profile/profile.js'
import { formatProfile } from '../profile/table.js'
import { loadModule } from './load-module.js'
import { modelsOf, type NamedModel } from './models.js'
import type { CommandLine } from './options.js'

/**
 * `densor profile FILE`: where the time of a training step goes, or with `--predict` of a prediction; as a table, as
 * JSON, or as a page. Faults as the file, its models or the page's path are wrong.
 */
export const profileCommand = async (line: CommandLine, file: string): Promise<string> => {
  const { html, json } = line.profile
  process.setSourceMapsEnabled(true)
  recordOrigins(true)
  const models = modelsOf(file, await loadModule(file), line.model)
  recordOrigins(false)
  if (html !== undefined && models.length > 1) {
    throw userFault('usage', `--html takes one model, ${file} exports ${models.length}`, {
      suggestion: `Name it: --model ${models[0]?.name}.`,
    })
  }
  const profiles: Profile[] = []
  for (const model of models) profiles.push(shortened(await profileOf(model, line), dirname(resolve(file))))
  const [first] = profiles
  if (html !== undefined && first !== undefined) await writeFileAtomic(html, renderProfile(first))
  if (json) return JSON.stringify(profiles, undefined, 2)
  const texts = profiles.map(formatProfile)
  return [...texts, ...(html === undefined ? [] : [`Written to ${html}`])].join('\n\n')
}

const profileOf = async ({ name, model }: NamedModel, line: CommandLine): Promise<Profile> => {
  const { loss, optimizer, batch, sizes } = line
  const { predict, target } = line.profile
  const training = predict ? {} : { loss, optimizer }
  const found = await profile(model, { title: name, batchSize: batch, sizes, target, ...training })()
  if (E.isLeft(found)) throw found.left
  return found.right
}

/** Lines of the user's file by its name; of files beside and below it, by their paths from there. */
const shortened = (found: Profile, folder: string): Profile => ({
  ...found,
  kernels: found.kernels.map(kernel => ({
    ...kernel,
    causes: kernel.causes.map(({ line, ...cause }) =>
      line === undefined ? cause : { ...cause, line: shortLine(line, folder) },
    ),
  })),
})

const shortLine = (line: string, folder: string): string => {
  const path = relative(folder, line)
  return path.startsWith('..') || isAbsolute(path) ? line : path
}
