import { createHash, randomUUID } from 'node:crypto'
import { lstatSync, readFileSync, rmSync } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { Fault, userFault } from '../../runtime/fault.js'

/*
 * Files made once and found again: `KEY.json` names a file and its checksum, and is put in place after that file, by a
 * rename, so that a reader sees all or nothing. What is not ours, not private or not whole counts as absent.
 */

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** How the names of the folders begin in which files are made. */
const WORKSHOP = 'making-'

/** The key of a build: everything that decides what comes out. */
export const cacheKey = (...parts: readonly string[]): string => sha256(JSON.stringify(parts))

const cacheFolder = (): string => {
  const { DENSOR_CACHE: chosen, XDG_CACHE_HOME: caches } = process.env
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  return join(caches !== undefined && caches !== '' ? resolve(caches) : join(homedir(), '.cache'), 'densor')
}

/** True for what this user owns; systems without user ids have no such notion. */
const isOurs = (uid: number): boolean => process.getuid === undefined || process.getuid() === uid

/** Whether a folder that is there is this user's, and no other user may put files into it. */
const isSafe = async (path: string): Promise<boolean> => {
  // lstat: a link to somewhere else is not followed
  const info = await lstat(path)
  const mayOthersWrite = (info.mode & 0o022) !== 0 && process.getuid !== undefined
  return info.isDirectory() && isOurs(info.uid) && !mayOthersWrite
}

/**
 * The folder itself where it is made here, private (0700), or is safe as it is; else a private folder of our own in it.
 * The permissions of a folder that somebody else made are never changed. `undefined` where neither can be had.
 */
const privateFolder = async (path: string): Promise<string | undefined> => {
  const own = join(path, 'densor')
  for (const folder of [path, own]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      if (await isSafe(folder)) return folder
    } catch {
      return undefined
    }
  }
  return undefined
}

let temporary: Promise<string> | undefined

/** A folder for this process alone, where the cache cannot be written. */
const temporaryFolder = (): Promise<string> => {
  temporary ??= mkdtemp(join(tmpdir(), 'densor-')).then(folder => {
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    return folder
  })
  return temporary
}

/** The user's private cache folder: `$DENSOR_CACHE`, or `densor` in `$XDG_CACHE_HOME` or `~/.cache`. */
export const openCache = async (): Promise<string> => {
  const folder = await privateFolder(cacheFolder())
  if (folder === undefined) return temporaryFolder()
  trimmed ??= trim(folder)
  await trimmed
  return folder
}

/** Files that the cache keeps; a program takes about six of some 6 kB. */
const FILES_KEPT = 6000

/** What was left by a process that was killed is removed after a day. */
const ABANDONED_MILLISECONDS = 24 * 60 * 60 * 1000

let trimmed: Promise<void> | undefined

/** Removes the oldest files of a cache that has grown too large, and what killed processes left; never fails. */
const trim = async (folder: string): Promise<void> => {
  try {
    const names = await readdir(folder)
    const workshops = names.filter(name => name.startsWith(WORKSHOP))
    const files = names.filter(name => !name.startsWith(WORKSHOP))
    const looked = files.length > FILES_KEPT ? names : workshops
    const ages = await Promise.all(
      looked.map(async name => ({ name, time: (await lstat(join(folder, name))).mtimeMs })),
    )
    const oldest = [...ages].sort((a, b) => a.time - b.time)
    const tooMany = files.length > FILES_KEPT ? oldest.slice(0, files.length - FILES_KEPT / 2) : []
    const abandoned = ages.filter(
      ({ name, time }) => name.startsWith(WORKSHOP) && time < Date.now() - ABANDONED_MILLISECONDS,
    )
    for (const { name } of [...tooMany, ...abandoned])
      await rm(join(folder, name), { recursive: true, force: true })
  } catch {
    // another process is at work in the folder, or it is not there any more
  }
}

interface Entry {
  readonly file: string
  readonly sha256: string
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' &&
  value !== null &&
  'file' in value &&
  typeof value.file === 'string' &&
  'sha256' in value &&
  typeof value.sha256 === 'string'

// At once: a small file takes less time to read than five turns of the event loop do.
const readOurs = (path: string): Buffer | undefined => {
  try {
    const info = lstatSync(path)
    return info.isFile() && isOurs(info.uid) ? readFileSync(path) : undefined
  } catch {
    return undefined
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A file of the folder and what it holds. */
interface Found {
  readonly path: string
  readonly bytes: Buffer
}

/** The file under `key`; `undefined` where there is none, or not as it was written. */
const lookUp = (folder: string, key: string, extension: string): Found | undefined => {
  const entry = parse(readOurs(join(folder, `${key}.json`))?.toString('utf8') ?? '')
  // the name follows from the checksum: an entry cannot lead out of the folder
  if (!isEntry(entry) || entry.file !== fileName(key, entry.sha256, extension)) return undefined
  return readWhole(folder, entry.file, entry.sha256)
}

/** The path of the file under `key`; `undefined` where there is none, or not as it was written. */
export const findCached = (folder: string, key: string, extension: string): string | undefined =>
  lookUp(folder, key, extension)?.path

/** The text of the file under `key`; `undefined` where there is none, or not as it was written. */
export const readCached = (folder: string, key: string, extension: string): string | undefined =>
  lookUp(folder, key, extension)?.bytes.toString('utf8')

const readWhole = (folder: string, file: string, checksum: string): Found | undefined => {
  const path = join(folder, basename(file))
  const bytes = readOurs(path)
  return bytes !== undefined && sha256(bytes) === checksum ? { path, bytes } : undefined
}

/** The path of a file in the folder with that checksum; `undefined` where there is none. */
export const findWhole = (folder: string, file: string, checksum: string): string | undefined =>
  readWhole(folder, file, checksum)?.path

const fileName = (key: string, checksum: string, extension: string): string =>
  `${key.slice(0, 32)}-${checksum.slice(0, 16)}${extension}`

/**
 * Makes the file under `key`: `make` is given the path of an empty private folder and returns the path of the file it
 * made there. Returns where the file is in the end.
 */
export const addCached = async (
  folder: string,
  key: string,
  extension: string,
  make: (workshop: string) => Promise<string>,
): Promise<string> => {
  const workshop = join(folder, `${WORKSHOP}${process.pid}-${randomUUID()}`)
  await mkdir(workshop, { mode: 0o700 })
  try {
    const made = await make(workshop)
    const bytes = await readFile(made)
    const entry: Entry = { file: fileName(key, sha256(bytes), extension), sha256: sha256(bytes) }
    const path = join(folder, entry.file)
    const note = join(workshop, 'entry')
    await chmod(made, 0o700)
    await writeFile(note, JSON.stringify(entry), { mode: 0o600 })
    // a system may refuse to replace a library that a process has loaded; where it is the same one, it stays
    await rename(made, path).catch((error: unknown) => {
      if (findWhole(folder, entry.file, entry.sha256) === undefined) throw error
    })
    await rename(note, join(folder, `${key}.json`))
    return path
  } catch (error) {
    if (error instanceof Fault || !(error instanceof Error)) throw error
    throw userFault('cache-folder', `The cache folder ${folder} cannot be written.`, {
      notes: [error.message],
      suggestion: 'Make room, or name another folder in DENSOR_CACHE.',
    })
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}
