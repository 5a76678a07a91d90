/** What this machine can do at most, measured by loops that do nothing else. */
import { compileLoops, loadPlan, type Target } from '../../compiler/compile.js'
import * as e from '../../compiler/loop/expr.js'
import type { LoopFunction, LoopModule, RegType, Stmt } from '../../compiler/loop/ir.js'
import type { VectorUnit } from '../../compiler/loop/vectors.js'
import { Arena } from '../../runtime/arena.js'
import { bug } from '../../runtime/fault.js'
import { quantile, timed } from './timer.js'

/** The peak speeds of one thread of a target on this machine, as measured. */
export interface Peaks {
  /** Floating-point operations a second of multiply-adds in registers; one counts two. */
  readonly flops: number
  /** Bytes a second, read and written, of a copy that is larger than every cache. */
  readonly memory: number
  /** Bytes a second of a copy that stays in the second-level cache. */
  readonly cache: number
  /** Seconds of an empty call between two readings of the clock. */
  readonly call: number
}

/** Bytes of each side of the copies. */
const LARGE = 48 * 2 ** 20
/** A kernel that touches no more than twice as much is held against the copy within the cache. */
export const CACHED = 256 * 2 ** 10

/** Accumulators of the loops in registers: the best number depends on how long a multiply-add takes. */
const ACCUMULATORS: readonly number[] = [6, 8, 10, 12, 14, 20, 28]
const ROUNDS = 20_000
/** Numbers that the loops in registers begin with: two factors, and where each accumulator starts. */
const FACTORS = 32

/** The loops of a target: each by its name, and the lanes that they use. */
const loopsOf = async (target: Target) => {
  const arena = new Arena()
  const base = arena.reserve(2 * LARGE)
  let lanes = 1
  const plan = await compileLoops({ name: 'peaks', target, base }, unit => {
    lanes = unit.lanes
    return peakModule(unit, base)
  })
  const { part } = await loadPlan(plan, arena)
  const factors = arena.view('f32', base, FACTORS)
  for (let i = 0; i < FACTORS; i++) factors[i] = 1 / (2 + i)
  const named = (name: string): (() => void) => {
    const found = part(name)
    if (found === undefined) throw bug(`the loops of the peaks have no ${name}`)
    return found
  }
  return { named, lanes }
}

/** The shortest of many times that a function takes, in seconds. */
const best = (run: () => void, times: number): number =>
  quantile(timed(run, { samples: 2000, seconds: 0.03, times }), 0) / times

/** A loop, and the floating-point operations of one call. */
interface Work {
  readonly run: () => void
  readonly flops: number
}

/** The fastest of the loops of multiply-adds, and its rate. */
const fastest = ({ named, lanes }: Awaited<ReturnType<typeof loopsOf>>): Work & { readonly rate: number } => {
  const all = ACCUMULATORS.map(n => {
    const [run, flops] = [named(`multiplyAdd${n}`), 2 * n * lanes * ROUNDS]
    return { run, flops, rate: flops / best(run, 1) }
  })
  return all.reduce((x, y) => (y.rate > x.rate ? y : x))
}

/** The peaks of a target on this machine, one thread; takes about a third of a second and 100 MB. */
export const measurePeaks = async (target: Target): Promise<Peaks> => {
  const loops = await loopsOf(target)
  const { named } = loops
  const call = quantile(timed(named('nothing'), { samples: 2000, seconds: 0.05, times: 1 }), 0.5)
  return {
    flops: fastest(loops).rate,
    memory: (2 * LARGE) / best(named('copyLarge'), 1),
    cache: (2 * CACHED) / best(named('copyCached'), 40),
    call,
  }
}

/** The loop of multiply-adds that is the fastest here: to be timed as what is compared with it is timed. */
export const multiplyAddLoop = async (target: Target): Promise<Work> => fastest(await loopsOf(target))

/**
 * A loop that reads so many bytes once, front to back, wherever among the caches they come to lie; one thread. No
 * product of one row by a matrix of as many bytes is faster.
 */
export const readingLoop = async (target: Target, bytes: number): Promise<() => void> => {
  const arena = new Arena()
  const base = arena.reserve(bytes)
  const plan = await compileLoops({ name: 'reading', target, base }, ({ lanes }) => ({
    functions: [exported('step', reading(e.reg('f32', lanes), base, bytes))],
  }))
  return (await loadPlan(plan, arena)).step
}

/** Sums of every vector, eight side by side; what fills no eight vectors is left out. */
const reading = (type: RegType, base: number, bytes: number): readonly Stmt[] => {
  const width = 4 * type.lanes
  const sums = Array.from({ length: 8 }, (_, i) => ({ name: `sum${i}`, offset: i * width }))
  const stride = sums.length * width
  return [
    ...sums.map(({ name }) => e.var_(name, e.constant(type, 0))),
    e.loop(
      'serial',
      'i',
      base,
      base + bytes - (bytes % stride),
      stride,
      sums.map(({ name, offset }) => e.set(name, e.add(e.ref(name, type), e.load(type, e.ref('i'), offset)))),
    ),
    e.store(
      base,
      sums.map(({ name }) => e.ref(name, type)).reduce((x, y) => e.add(x, y)),
    ),
  ]
}

const exported = (name: string, body: readonly Stmt[]): LoopFunction => ({
  name,
  params: [],
  returns: false,
  exported: true,
  body,
})

const peakModule = ({ lanes }: VectorUnit, base: number): LoopModule => {
  const type = e.reg('f32', lanes)
  return {
    functions: [
      ...ACCUMULATORS.map(n => exported(`multiplyAdd${n}`, multiplyAdds(type, n, base))),
      exported('copyLarge', [copy(type, base, LARGE)]),
      exported('copyCached', [copy(type, base, CACHED)]),
      exported('nothing', []),
      exported('step', []),
    ],
  }
}

/** acc = acc * a + b in so many accumulators at once; the sum is stored, so that nobody leaves the loop out. */
const multiplyAdds = (type: RegType, count: number, base: number): readonly Stmt[] => {
  const names = Array.from({ length: count }, (_, i) => `acc${i}`)
  const [a, b] = [e.ref('a', type), e.ref('b', type)]
  const splat = (offset: number) => e.splat(e.load(e.reg('f32'), base, offset), type.lanes)
  const total = names.map(name => e.ref(name, type)).reduce((x, y) => e.add(x, y))
  return [
    e.let_('a', splat(0)),
    e.let_('b', splat(4)),
    // Each begins elsewhere: compilers see through equal ones.
    ...names.map((name, i) => e.var_(name, splat(8 + 4 * i))),
    e.loop(
      'serial',
      'i',
      0,
      ROUNDS,
      1,
      names.map(name => e.set(name, e.mulAdd(e.ref(name, type), a, b))),
    ),
    e.store(base, total, 4 * FACTORS),
  ]
}

/** Four vectors at a time, from the second half to the first: the factors at its start are not needed any more. */
const copy = (type: RegType, base: number, bytes: number): Stmt => {
  const width = 4 * type.lanes
  const offsets = [0, width, 2 * width, 3 * width]
  const at = (start: number) => e.add(e.i32(base + start), e.ref('i'))
  return e.loop(
    'vector',
    'i',
    0,
    bytes,
    4 * width,
    offsets.map(offset => e.store(at(0), e.load(type, at(bytes), offset), offset)),
  )
}
