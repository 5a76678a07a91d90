import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Fault, userFault } from '../../runtime/fault.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  ENAMETOOLONG: 'the name is too long',
}

const reasonOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return REASONS[code] ?? (thrown instanceof Error ? thrown.message : String(thrown))
}

const unreadable = (path: string, thrown: unknown): Fault =>
  userFault('unreadable-file', `cannot read ${path}: ${reasonOf(thrown)}`, {
    suggestion: 'check the path and that this user may read it',
  })

const unwritable = (path: string, thrown: unknown): Fault =>
  userFault('unwritable-file', `cannot write ${path}: ${reasonOf(thrown)}`, {
    suggestion: 'check that the folder exists, can be written to, and has room',
  })

/** All bytes of a file. Throws `unreadable-file`. */
export const readBytes = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
  try {
    return new Uint8Array(await readFile(path))
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

/** All text of a UTF-8 file. Throws `unreadable-file`. */
export const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

/** Makes a folder and those above it. Node's own `recursive` never ends where the system denies that a parent exists. */
const makeFolder = async (folder: string): Promise<void> => {
  const found = await stat(folder).catch(() => undefined)
  if (found !== undefined) return
  await makeFolder(dirname(folder))
  await mkdir(folder).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

/**
 * Writes a whole file or nothing: into a temporary file beside it, flushed, then renamed over the old one.
 * Missing folders are made. Throws `unwritable-file`.
 */
export const writeFileAtomic = async (path: string, content: string | Uint8Array): Promise<void> => {
  const target = resolve(path)
  const folder = dirname(target)
  const temporary = join(folder, `.${basename(target).slice(0, 100)}.${crypto.randomUUID()}.tmp`)
  try {
    await makeFolder(folder)
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw unwritable(path, thrown)
  }
}
