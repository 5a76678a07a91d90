import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cFlags, exportedSymbol } from '../../compiler/targets/c.js'
import { findCompiler, noCompiler } from '../../compiler/targets/cc.js'

/*
 * Runs generated C under the address and undefined-behaviour sanitizers, as a program of its own: a library would need
 * their runtime loaded before Node's.
 */

const execute = promisify(execFile)

const sanitizers = [
  '-fsanitize=address,undefined,float-cast-overflow',
  '-fno-sanitize-recover=all',
  '-g',
  '-O1',
]

/** Reads each memory, as long as it is and no longer, runs its step, writes it. */
const mainOf = (sizes: readonly number[]): string => `
#include <stdio.h>
#include <stdlib.h>

static void one(void (*step)(u8 *), size_t bytes, FILE *in, FILE *out) {
  u8 *m = malloc(bytes);
  if (!m || fread(m, 1, bytes, in) != bytes) exit(3);
  step(m);
  if (fwrite(m, 1, bytes, out) != bytes) exit(4);
  free(m);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  FILE *in = fopen(words[1], "rb"), *out = fopen(words[2], "wb");
  if (!in || !out) return 2;
${sizes.map((bytes, i) => `  one(${exportedSymbol(`step${i}`)}, ${bytes}, in, out);`).join('\n')}
  return fclose(out);
}
`

/**
 * Runs \`step0\`, \`step1\`, … of some printed C, each on its memory, under the sanitizers: the memories afterwards, or
 * what a sanitizer said.
 */
export const sanitized = async (
  source: string,
  memories: readonly ArrayBuffer[],
  folder: string,
): Promise<readonly ArrayBuffer[] | string> => {
  const compiler = await findCompiler()
  if (compiler === undefined) throw noCompiler()
  const [program, ...words] = compiler.command
  const path = (name: string): string => join(folder, name)
  await writeFile(path('main.c'), source + mainOf(memories.map(m => m.byteLength)))
  await writeFile(path('in'), Buffer.concat(memories.map(m => Buffer.from(m))))
  const flags = [...cFlags, ...sanitizers, '-march=native', '-w']
  await execute(program, [...words, ...flags, path('main.c'), '-o', path('main'), '-lm'])
  try {
    await execute(path('main'), [path('in'), path('out')], {
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' },
    })
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  }
  const all = await readFile(path('out'))
  let at = 0
  return memories.map(({ byteLength }) => {
    const bytes = new Uint8Array(all.subarray(at, at + byteLength))
    at += byteLength
    return bytes.buffer
  })
}

/** The memory of a team's steps. */
export interface TeamMemory {
  readonly bytes: number
  /** Byte address of the control words. */
  readonly control: number
}

/** Steps that follow at once, then some that find everyone asleep; the control words are the caller's between them. */
const stepsOf = ({ bytes, control }: TeamMemory): string => `
#include <stdlib.h>

int main(void) {
  u8 *m = aligned_alloc(64, ${bytes});
  if (!m) return 3;
  for (int i = 0; i < 20; i++) {
    for (int b = 0; b < ${bytes}; b++) if (i == 0 || (b >= ${control} && b < ${control} + 256)) m[b] = 0;
    if (i > 16) usleep(5000);
    if (team__step(m) != 0) return 4;
  }
  free(m);
  return 0;
}
`

/** Runs `team__step` of some printed C many times under the thread sanitizer: what it said, nothing where all is well. */
export const racesOf = async (source: string, memory: TeamMemory, folder: string): Promise<string> => {
  const compiler = await findCompiler()
  if (compiler === undefined) throw noCompiler()
  const [program, ...words] = compiler.command
  const path = (name: string): string => join(folder, name)
  await writeFile(path('steps.c'), source + stepsOf(memory))
  const flags = [...cFlags, '-fsanitize=thread', '-g', '-O1', '-march=native', '-pthread', '-w']
  await execute(program, [...words, ...flags, path('steps.c'), '-o', path('steps'), '-lm'])
  try {
    await execute(path('steps'), { env: { ...process.env, TSAN_OPTIONS: 'halt_on_error=1' } })
    return ''
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  }
}
