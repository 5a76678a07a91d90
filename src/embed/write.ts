import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, readdir, realpath, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { userFault } from '../../runtime/fault.js'
import { removeLeftovers, writeFileAtomic } from '../formats/files.js'
import type { BuiltFile } from './request.js'

/**
 * Writes all files into a folder, or none. They are written beside it first. Where the folder holds nothing but files
 * of these names, an earlier build, it is put aside as a whole and the new one takes its place: whoever ends the
 * process in between leaves one build or the other, never some files of each. A folder with other files in it stays, and
 * each file is moved into its place by itself. What builds that were killed left beside it is removed after an hour.
 * Throws `unwritable-file`.
 */
export const writeAll = async (folder: string, files: readonly BuiltFile[]): Promise<void> => {
  const target = await realpath(folder).catch(() => resolve(folder))
  const beside = (ending: string): string =>
    join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.${ending}`)
  const staging = beside('tmp')
  const found = await stat(target).catch(() => undefined)
  if (found !== undefined && !found.isDirectory())
    throw userFault('unwritable-file', `cannot write into ${folder}: it is a file, not a folder`, {
      suggestion: 'give the path of a folder with -o',
    })
  await removeLeftovers(dirname(target), name => isOf(basename(target), name))
  try {
    for (const { name, content } of files) await writeFileAtomic(join(staging, name), content)
    if (found === undefined) await rename(staging, target)
    else if (!(await holdsOnly(target, files)) || !(await exchanged(staging, target, beside('old'), found)))
      for (const { name } of files) await rename(join(staging, name), join(target, name))
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*?: /, '') : error
    throw userFault('unwritable-file', `cannot write into ${folder}: ${reason}`, {
      suggestion: 'check that the folder can be written to, and has room',
    })
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined)
  }
}

const STAGING = /^\.(.*)\.[0-9a-f]{12}\.(tmp|old)$/

/** Whether a name is that of a staging folder for builds into `folder`. */
const isOf = (folder: string, name: string): boolean => STAGING.exec(name)?.[1] === folder

const holdsOnly = async (folder: string, files: readonly BuiltFile[]): Promise<boolean> => {
  const names = new Set(files.map(({ name }) => name))
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.every(entry => entry.isFile() && names.has(entry.name))
}

/** Puts `staging` in the place of `target`; false, with nothing changed, where the system does not let it be moved. */
const exchanged = async (staging: string, target: string, aside: string, like: Stats): Promise<boolean> => {
  const now = new Date()
  await chmod(staging, like.mode & 0o7777)
  try {
    await utimes(target, now, now) // what is left of it is as old as this build
    await rename(target, aside)
  } catch {
    return false
  }
  try {
    await rename(staging, target)
  } catch (error) {
    await rename(aside, target)
    throw error
  }
  await rm(aside, { recursive: true, force: true }).catch(() => undefined)
  return true
}
