import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, readFile, realpath, stat } from 'node:fs/promises'
import { arch, cpus, platform } from 'node:os'
import { delimiter, isAbsolute, join, sep } from 'node:path'
import { bug, type Fault, limitation } from '../../runtime/fault.js'
import { simd128, type VectorUnit } from '../loop/vectors.js'
import { cFlags } from './c.js'

/** A C compiler of this machine, and the machine as it compiles for it. */
export interface Compiler {
  /** The program and the arguments that always come first. */
  readonly command: readonly [program: string, ...words: string[]]
  /** Names the compiler's program, its version by time and size, and the processor: equal where output is. */
  readonly identity: string
}

/** What the compiler says of the machine it compiles for. */
export interface Machine {
  /** Flags that choose this machine's processor. */
  readonly flags: readonly string[]
  readonly unit: VectorUnit
  readonly version: string
}

const seconds = 1000
/** Time that a compilation may take. */
const patience = 180 * seconds
/** Time that a compiler may take to say what it is. */
const shortPatience = 20 * seconds

interface Outcome {
  readonly ok: boolean
  /** Whether it was ended because it took too long. */
  readonly hung: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program without a shell, `input` on its standard input. */
const spawn = (program: string, args: readonly string[], timeout: number, input = ''): Promise<Outcome> =>
  new Promise(resolve => {
    const options = {
      timeout,
      killSignal: 'SIGKILL' as const,
      maxBuffer: 2 ** 26,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C' },
    }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const hung = error?.killed === true
      const complaint = hung ? `It was ended after ${timeout / seconds} s without an answer.` : error?.message
      resolve({ ok: error === null, hung, stdout, stderr: stderr || (complaint ?? '') })
    })
    // a program that ends before it has read everything says so by its exit status
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })

const isProgram = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/** The path of a program named as in a shell. */
const which = async (name: string): Promise<string | undefined> => {
  if (name.includes(sep) || isAbsolute(name)) return (await isProgram(name)) ? name : undefined
  const folders = (process.env.PATH ?? '').split(delimiter).filter(f => f !== '')
  for (const folder of folders) {
    for (const file of platform() === 'win32' ? [`${name}.exe`] : [name]) {
      if (await isProgram(join(folder, file))) return join(folder, file)
    }
  }
  return undefined
}

/** The compilers to try, as words: what CC names alone, where it is set. */
const candidates = (): readonly (readonly string[])[] => {
  const chosen = process.env.CC?.trim()
  if (chosen === undefined || chosen === '') return [['cc'], ['gcc'], ['clang']]
  return [[chosen], chosen.split(/\s+/)]
}

/** The processor, as far as code may differ by it. */
const processor = async (): Promise<string> => {
  try {
    const text = await readFile('/proc/cpuinfo', 'utf8')
    const first = text.split('\n\n')[0] ?? ''
    const lines = first.split('\n').filter(l => /^(vendor_id|cpu|model|stepping|flags|Features)\b/.test(l))
    return [arch(), ...lines.filter(l => !l.startsWith('cpu MHz'))].join('\n')
  } catch {
    // not Linux
    return `${arch()} ${cpus()[0]?.model ?? ''}`
  }
}

/** The user's C compiler: `$CC`, or the first of cc, gcc and clang; `undefined` where there is none. Starts nothing. */
export const findCompiler = async (): Promise<Compiler | undefined> => {
  for (const [name = '', ...words] of candidates()) {
    const program = await which(name)
    if (program === undefined) continue
    const real = await realpath(program)
    const { mtimeMs, size } = await stat(real)
    const identity = JSON.stringify([real, mtimeMs, size, words, await processor()])
    return { command: [program, ...words], identity: createHash('sha256').update(identity).digest('hex') }
  }
  return undefined
}

/** The fault of a machine without a compiler. */
export const noCompiler = (): Fault => {
  const chosen = process.env.CC?.trim()
  const which =
    chosen === undefined || chosen === ''
      ? 'There is no cc, gcc or clang on the PATH.'
      : `CC names ${chosen}.`
  return limitation('no-compiler', 'The native target needs a C compiler, and none was found.', {
    notes: [which],
    suggestion:
      'Install GCC or Clang (apt install gcc, xcode-select --install), or compile for the wasm target.',
  })
}

const run = (
  { command: [program, ...words] }: Compiler,
  args: readonly string[],
  timeout: number,
  input?: string,
): Promise<Outcome> => spawn(program, [...words, ...args], timeout, input)

/** The fault of a compiler that is there and of no use. */
const broken = ({ command }: Compiler, complaint: string): Fault =>
  limitation('compiler-broken', `The C compiler ${command.join(' ')} does not work.`, {
    notes: complaint.split('\n').slice(0, 8),
    suggestion: 'repair it, name another one in CC, or compile for the wasm target',
  })

const processorFlags: readonly (readonly string[])[] = [['-march=native'], ['-mcpu=native'], []]

/**
 * The registers that the compiler's macros tell of. Tiles: measured on a Zen 4, of its peak of 117 GFLOP/s 8 x 3 with
 * AVX-512 reached 104 to 106 (8 x 2: 100, 6 x 4: 99), 6 x 2 with AVX2 85 to 97 (4 x 3: 63). NEON has 32 registers.
 */
const unitOf = (macros: string): VectorUnit => {
  const defines = (name: string): boolean => macros.includes(`#define ${name} `)
  if (defines('__AVX512F__')) return { lanes: 16, tileRows: 8, tileVectors: 3 }
  if (defines('__AVX2__')) return { lanes: 8, tileRows: 6, tileVectors: 2 }
  return defines('__ARM_NEON') ? { lanes: 4, tileRows: 8, tileVectors: 3 } : simd128
}

/** Asks the compiler what it compiles for; two short runs of it. Fails with a limitation where it does not work. */
export const describeMachine = async (compiler: Compiler): Promise<Machine> => {
  let complaint = ''
  for (const flags of processorFlags) {
    const args = [...flags, '-dM', '-E', '-x', 'c', '-']
    const { ok, hung, stdout, stderr } = await run(compiler, args, shortPatience)
    if (ok && stdout.includes('#define ')) {
      const version = await run(compiler, ['--version'], shortPatience)
      return { flags, unit: unitOf(stdout), version: version.stdout.split('\n')[0] ?? '' }
    }
    complaint = ok ? 'It ends well, and does not say which macros it defines.' : stderr
    if (hung) break
  }
  throw broken(compiler, complaint)
}

/** Arguments beside the files: optimized, for this processor, position-independent. */
export const compilerFlags = (machine: Machine): readonly string[] => [
  ...cFlags,
  '-O3',
  ...machine.flags,
  '-fPIC',
  '-pthread',
  '-fvisibility=hidden',
  '-w',
]

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    info => info.size > 0,
    () => false,
  )

const shared = (flags: readonly string[], source: string, library: string): readonly string[] => [
  ...flags,
  '-shared',
  '-x',
  'c',
  source,
  '-o',
  library,
  '-lm',
]

/**
 * Compiles the C file `source` into the shared library `library`. Fails with a limitation where the compiler hangs, or
 * makes no library of the simplest source either; else with a bug and the compiler's first lines.
 */
export const compileLibrary = async (
  compiler: Compiler,
  flags: readonly string[],
  source: string,
  library: string,
): Promise<void> => {
  const { ok, hung, stderr } = await run(compiler, shared(flags, source, library), patience)
  if (ok && (await exists(library))) return
  if (hung) throw broken(compiler, stderr)
  const simplest = await run(compiler, shared(flags, '-', library), shortPatience, 'int simplest;\n')
  if (!simplest.ok || !(await exists(library)))
    throw broken(compiler, simplest.stderr || 'It ends well, and leaves no library.')
  throw bug('the C compiler rejects the generated C', { notes: stderr.split('\n').slice(0, 8) })
}
