import { existsSync, readFileSync } from 'node:fs'

/** densor's package.json: beside `src/`, or above `dist/`. */
const manifestUrl = (): URL => {
  const beside = new URL('../package.json', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../package.json', import.meta.url)
}

/** The version of densor, as its package.json says. */
export const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(manifestUrl(), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : 'unknown'
}
