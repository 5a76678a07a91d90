import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder of a user's, where `densor` is installed: the repository, as built. */
export class UserFolder {
  private constructor(readonly path: string) {}

  static async make(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<UserFolder> {
    const folder = new UserFolder(await realpath(await mkdtemp(join(tmpdir(), 'densor embed '))))
    await mkdir(join(folder.path, 'node_modules'))
    await symlink(root, join(folder.path, 'node_modules', 'densor'))
    await symlink(join(root, 'node_modules', 'esbuild'), join(folder.path, 'node_modules', 'esbuild'))
    await folder.write({ 'package.json': '{ "type": "module" }', ...files })
    return folder
  }

  in(name: string): string {
    return join(this.path, name)
  }

  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(this.in(name)), { recursive: true })
      await writeFile(this.in(name), content)
    }
  }

  /** Runs Node here: exit status and output. */
  node(...args: readonly string[]): Promise<Ran> {
    return run(process.execPath, args, this.path)
  }

  /** Runs the densor command here. */
  densor(...args: readonly string[]): Promise<Ran> {
    return this.node(join(root, 'dist', 'src', 'cli', 'main.js'), ...args)
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

/** What a program did. */
export interface Ran {
  readonly code: number | string
  readonly out: string
  readonly err: string
}

/** Runs a program to its end. */
export const run = (program: string, args: readonly string[], cwd: string): Promise<Ran> =>
  new Promise(done => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
    execFile(program, args, { cwd, env, maxBuffer: 1e8, timeout: 100_000 }, (error, out, err) =>
      done({ code: error === null ? 0 : (error.code ?? String(error.signal)), out, err }),
    )
  })
