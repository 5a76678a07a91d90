import { randomBytes } from 'node:crypto'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { userFault } from '../../runtime/fault.js'
import { writeFileAtomic } from '../formats/files.js'
import type { BuiltFile } from './request.js'

/**
 * Writes all files into a folder, or none: first beside it under other names, then each is moved into its place.
 * Throws `unwritable-file`.
 */
export const writeAll = async (folder: string, files: readonly BuiltFile[]): Promise<void> => {
  const target = resolve(folder)
  const staging = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
  const found = await stat(target).catch(() => undefined)
  if (found !== undefined && !found.isDirectory())
    throw userFault('unwritable-file', `cannot write into ${folder}: it is a file, not a folder`, {
      suggestion: 'give the path of a folder with -o',
    })
  try {
    for (const { name, content } of files) await writeFileAtomic(join(staging, name), content)
    if (found === undefined) await rename(staging, target)
    else for (const { name } of files) await rename(join(staging, name), join(target, name))
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*?: /, '') : error
    throw userFault('unwritable-file', `cannot write into ${folder}: ${reason}`, {
      suggestion: 'check that the folder can be written to, and has room',
    })
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined)
  }
}
