/** The `densor` command as a user runs it: a process of its own, in a folder with densor among its packages. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** How a process ended. */
export interface Ended {
  readonly status: unknown
  readonly out: string
  readonly err: string
}

/** Runs a command line of densor's in a folder. `dist/` must be built. */
export const densor = (folder: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise(done =>
    execFile(
      process.execPath,
      [join(root, 'dist', 'src', 'cli', 'main.js'), ...args],
      { cwd: folder, env: { PATH: process.env.PATH, NO_COLOR: '1' }, maxBuffer: 1e8 },
      (error, out, err) => done({ status: error?.code ?? 0, out, err }),
    ),
  )

/** Runs a line of shell, in which `"$node" "$main"` is the command. */
export const shell = (folder: string, line: string): Promise<Ended> =>
  new Promise(done => {
    const main = join(root, 'dist', 'src', 'cli', 'main.js')
    const env = { PATH: process.env.PATH, NO_COLOR: '1', node: process.execPath, main }
    execFile('sh', ['-c', line], { cwd: folder, env, maxBuffer: 1e8 }, (error, out, err) =>
      done({ status: error?.code ?? 0, out, err }),
    )
  })

/** A temporary folder with these files, in which `densor` can be imported. */
export const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'densor-cli-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'densor'), 'junction')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}
