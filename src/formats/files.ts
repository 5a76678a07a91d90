import type { Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises'
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

/** Refuses what is not the path of a file, as a caller without types may pass it. */
const checkPath = (path: unknown): void => {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return
  const given = path === '' ? 'empty' : typeof path === 'string' ? 'text with a NUL' : kindOf(path)
  throw userFault('bad-path', `the path is ${given}, expected the path of a file as a string`, {
    suggestion: 'the path comes first: saveWeights(path, weights), loadWeights(model, path) after the model',
  })
}

const kindOf = (x: unknown): string =>
  x instanceof Uint8Array ? 'bytes' : x instanceof URL ? 'a URL' : x === null ? 'null' : `of type ${typeof x}`

/** All bytes of a file. Throws `unreadable-file`. */
export const readBytes = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
  checkPath(path)
  try {
    return new Uint8Array(await readFile(path))
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

/** All text of a UTF-8 file. Throws `unreadable-file`. */
export const readText = async (path: string): Promise<string> => {
  checkPath(path)
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

/** The file that a path means: where its links lead, the last of which may lead to nothing yet. */
const throughLinks = async (path: string): Promise<string> => {
  let target = resolve(path)
  for (let hops = 0; hops < 40; hops++) {
    const link = await readlink(target).catch(() => undefined)
    if (link === undefined) return target
    target = resolve(dirname(target), link)
  }
  throw userFault('unwritable-file', `cannot write ${path}: its links go round in a circle`)
}

/** What is at a path now; refuses all but a regular file: a rename would put a file in the place of a device. */
const fileThere = async (target: string, path: string): Promise<Stats | undefined> => {
  const found = await stat(target).catch(() => undefined)
  if (found === undefined || found.isFile()) return found
  const what = found.isDirectory() ? 'a folder' : 'a device, a pipe or a socket'
  throw userFault('unwritable-file', `cannot write ${path}: it is ${what}, not a file`, {
    suggestion: 'give the path of a file',
  })
}

const TEMPORARY = /^\.(.*)\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/
const HOUR = 3_600_000

/** Removes what processes that were killed while they wrote have left in a folder, an hour ago or more. */
export const removeLeftovers = async (
  folder: string,
  isLeftover: (name: string) => boolean,
): Promise<void> => {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter(isLeftover)) {
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > HOUR)
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** Writes a new file, flushed to the disk, with the permissions and, where that may be, the owner of another. */
const writeNew = async (
  path: string,
  content: string | Uint8Array,
  like: Stats | undefined,
): Promise<void> => {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(content)
    if (like !== undefined) {
      const { uid, gid } = await file.stat()
      if (uid !== like.uid || gid !== like.gid) await file.chown(like.uid, like.gid).catch(() => {})
      await file.chmod(like.mode & 0o7777)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Writes a whole file or nothing: into a temporary file beside it, flushed, then renamed over the old one, whose
 * permissions it keeps. Links are followed; only a regular file is replaced. Missing folders are made.
 * Throws `bad-path`, `unwritable-file`.
 */
export const writeFileAtomic = async (path: string, content: string | Uint8Array): Promise<void> => {
  checkPath(path)
  const target = await throughLinks(path)
  const folder = dirname(target)
  const stem = basename(target).slice(0, 100)
  const temporary = join(folder, `.${stem}.${crypto.randomUUID()}.tmp`)
  const old = await fileThere(target, path)
  try {
    await makeFolder(folder)
    await removeLeftovers(folder, name => TEMPORARY.exec(name)?.[1] === stem)
    await writeNew(temporary, content, old)
    await rename(temporary, target)
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw unwritable(path, thrown)
  }
}
