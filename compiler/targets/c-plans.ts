import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plan } from '../../runtime/plan.js'
import { addCached, cacheKey, findWhole, readCached } from './c-cache.js'

/*
 * Native plans of earlier runs: who asks for the same program again gets the plan without passes, schedule or text.
 */

/** A plan in JSON: bytes as base64, the library by its file and checksum. */
interface Written {
  readonly plan: Omit<Plan, 'code' | 'constants'>
  readonly constants: readonly { readonly offset: number; readonly data: string }[]
  readonly library: { readonly file: string; readonly sha256: string }
}

const here = fileURLToPath(import.meta.url)

/** The files of a folder that are run: neither declarations nor maps. */
const codeIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return codeIn(path)
    return /\.[jt]s$/.test(path) && !path.endsWith('.d.ts') ? [path] : []
  })

/** Every file of the compiler, by size and time of change: plans of another version, or of yesterday's, do not count. */
const readFingerprint = (): string => {
  const root = dirname(dirname(here))
  // in a bundle, this file is all there is
  const isApart = basename(dirname(here)) === 'targets' && basename(root) === 'compiler'
  const folders = isApart ? [root, join(root, '..', 'runtime')] : []
  const files = [here, ...folders.flatMap(codeIn)].sort().map(path => {
    const { size, ctimeMs, mtimeMs } = statSync(path)
    return [path, size, ctimeMs, mtimeMs].join()
  })
  return createHash('sha256').update(files.join('\n')).digest('hex')
}

let fingerprint: string | undefined

/** The key of what was asked: by this compiler, for this toolchain. */
export const questionKey = (...parts: readonly string[]): string => {
  fingerprint ??= readFingerprint()
  return cacheKey('plan', fingerprint, ...parts)
}

/** Keeps some JSON under a key. */
const keep = (folder: string, key: string, value: unknown): Promise<string> =>
  addCached(folder, key, '.plan', async workshop => {
    const path = join(workshop, 'plan')
    await writeFile(path, JSON.stringify(value), { mode: 0o600 })
    return path
  })

const recall = (folder: string, key: string): unknown => {
  const text = readCached(folder, key, '.plan')
  return text === undefined ? undefined : JSON.parse(text)
}

const at = (key: string, base: number): string => cacheKey(key, String(base))

/** The bytes that the plan of a question takes, where it was planned before. */
export const findBytes = (folder: string, key: string): number | undefined => {
  const bytes = recall(folder, key)
  return typeof bytes === 'number' ? bytes : undefined
}

/** The plan of a question at an address; `undefined` where it or its library is not there as it was written. */
export const findPlan = (folder: string, key: string, base: number): Plan | undefined => {
  const found = recall(folder, at(key, base))
  if (typeof found !== 'object' || found === null) return undefined
  // the one typed edge: its checksum says that it is what `keepPlan` wrote, and the key by which compiler
  const { plan, constants, library } = found as Written
  const code = findWhole(folder, library.file, library.sha256)
  if (code === undefined) return undefined
  return {
    ...plan,
    code,
    constants: constants.map(({ offset, data }) => ({
      offset,
      data: new Uint8Array(Buffer.from(data, 'base64')),
    })),
  }
}

/** Keeps a plan for the next who asks. */
export const keepPlan = async (folder: string, key: string, plan: Plan): Promise<void> => {
  const { code, constants, ...rest } = plan
  if (typeof code !== 'string') return
  const written: Written = {
    plan: rest,
    constants: constants.map(({ offset, data }) => ({ offset, data: Buffer.from(data).toString('base64') })),
    library: {
      file: basename(code),
      sha256: createHash('sha256')
        .update(await readFile(code))
        .digest('hex'),
    },
  }
  await keep(folder, at(key, plan.base), written)
  await keep(folder, key, plan.memory.bytes)
}
