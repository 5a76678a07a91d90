/** Programs written in documents and docstrings, compiled against the built package as a user's are. */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './tree.js'

export interface Program {
  /** The name of its file, without the ending. */
  readonly name: string
  readonly code: string
}

export interface Ended {
  readonly status: unknown
  readonly out: string
}

export const execute = (command: string, args: readonly string[], cwd: string): Promise<Ended> =>
  new Promise(done =>
    execFile(command, args, { cwd }, (error, stdout, stderr) =>
      done({ status: error?.code ?? 0, out: stdout + stderr }),
    ),
  )

const configuration = (skipLibCheck: boolean) => ({
  extends: '../../../tsconfig.json',
  compilerOptions: { outDir: 'out', rootDir: '.', noUnusedLocals: false, skipLibCheck },
  include: ['*.ts'],
  exclude: [],
})

/**
 * What TypeScript says about each program, by name: lines like `TS2345: …`. One run compiles all of them into `out/`.
 * Declarations are checked too, unless a package's own are known not to stand it.
 */
export const compile = async (
  folder: string,
  programs: readonly Program[],
  { skipLibCheck = false }: { readonly skipLibCheck?: boolean } = {},
): Promise<ReadonlyMap<string, readonly string[]>> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { name, code } of programs) writeFileSync(join(folder, `${name}.ts`), code)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration(skipLibCheck)))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { out } = await execute(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], folder)
  const said = new Map<string, readonly string[]>(programs.map(({ name }) => [name, []]))
  for (const line of out.split('\n')) {
    const found = /^([\w-]+)\.ts\(\d+,\d+\): error (TS.*)$/.exec(line)
    if (found === null) {
      // A message may go on, indented, on the next lines; a dependency's own types may want a bundler that is not here.
      // Anything else is about no program.
      if (line.trim() !== '' && !/^ |^(\.\.\/)+node_modules\//.test(line)) throw new Error(line)
      continue
    }
    const [, name = '', message = ''] = found
    said.set(name, [...(said.get(name) ?? []), message])
  }
  return said
}
