import {
  type Contraction,
  contractionKept,
  contractionScratch,
  lowerContraction,
  lowerPacking,
} from '../../compiler/loop/contraction/contraction.js'
import { add, constant, i32, let_, load, max, mul, pack, ref, reg, store } from '../../compiler/loop/expr.js'
import { interpret } from '../../compiler/loop/interpret.js'
import type { Expr, LoopFunction } from '../../compiler/loop/ir.js'
import { roundUp } from '../../compiler/schedule/memory.js'
import type { LinearMemory } from '../../runtime/webassembly.js'
import { compiled, contractionOf, memoryOf, type Placed, place, type Shape } from './run.js'

/** What happens to the sum before it is stored. */
export type Epilogue = 'plain' | 'add-to' | 'bias-relu' | 'row-residual' | 'long'

/** The byte offset of an element of C, which is row-major and holds one matrix for each outer index. */
const cellAddress = (placed: Placed, l: readonly Expr[], i: Expr, j: Expr): Expr => {
  const { outer, m, n } = placed.shape
  const matrix = l.reduce<Expr>((sum, x, d) => add(mul(sum, outer[d] ?? 1), x), i32(0))
  return mul(add(mul(add(mul(matrix, m), i), n), j), 4)
}

/** The epilogues; `extra` holds a bias of n, then a scale of m, then a residual of m * n read down its columns. */
const storeOf =
  (placed: Placed, epilogue: Epilogue): Contraction['store'] =>
  ({ l, i, j, acc, prefix }) => {
    const { m, n } = placed.shape
    const { c, extra } = placed.at
    const at = cellAddress(placed, l, i, j)
    const one = reg(acc.type.elem)
    const bias = load(acc.type, mul(j, 4), extra)
    const residual = (t: number): Expr => load(one, mul(add(mul(add(j, t), m), i), 4), extra + 4 * (n + m))
    switch (epilogue) {
      case 'plain':
        return [store(at, acc, c)]
      case 'add-to':
        return [store(at, add(acc, load(acc.type, at, c)), c)]
      case 'bias-relu':
        return [store(at, max(add(acc, bias), constant(acc.type, 0)), c)]
      case 'row-residual': {
        const sum = ref(`${prefix}sum`, acc.type)
        const scaled = mul(sum, load(one, mul(i, 4), extra + 4 * n))
        const { lanes } = acc.type
        const added = lanes > 1 ? pack(Array.from({ length: lanes }, (_, t) => residual(t))) : residual(0)
        return [let_(`${prefix}sum`, add(acc, bias)), store(at, add(scaled, added), c)]
      }
      case 'long': {
        const far = Array.from({ length: 60 }).reduce<Expr>((x, _, t) => max(add(x, t % 2), x), acc)
        return [store(at, far, c)]
      }
      default:
        return epilogue satisfies never
    }
  }

const finished = (
  shape: Shape,
  epilogue: Epilogue,
  sum: number,
  before: number,
  i: number,
  j: number,
): number => {
  const { m, n } = shape
  switch (epilogue) {
    case 'plain':
      return sum
    case 'add-to':
      return sum + before
    case 'bias-relu':
      return Math.max(sum + extraAt(j), 0)
    case 'row-residual':
      return (sum + extraAt(j)) * extraAt(n + i) + extraAt(n + m + j * m + i)
    case 'long':
      return sum + 30
    default:
      return epilogue satisfies never
  }
}

/** Small whole numbers: every sum is exact in f32, so the outcome must be exact whatever its order. */
const valueAt = (at: number): number => ((at * 7919 + 13) % 17) - 8
const extraAt = (at: number): number => valueAt(at + 5)

const viewOf = (memory: LinearMemory, elem: 'f32' | 'i32'): Float32Array | Int32Array =>
  elem === 'f32' ? new Float32Array(memory.buffer) : new Int32Array(memory.buffer)

const fill = (cells: Float32Array | Int32Array, placed: Placed): void => {
  const { at, shape } = placed
  for (let x = 0; x < cells.length; x++) cells[x] = (x % 251) + 900
  for (let x = 0; x < placed.a.size; x++) cells[at.a / 4 + x] = valueAt(x)
  for (let x = 0; x < placed.b.size; x++) cells[at.b / 4 + x] = valueAt(x * 3 + 1)
  for (let x = 0; x < shape.m * shape.n + shape.m + shape.n; x++) cells[at.extra / 4 + x] = extraAt(x)
}

/** Writes what C must be into `cells`: the plain triple loop. */
const expect = (cells: Float32Array | Int32Array, placed: Placed, epilogue: Epilogue): void => {
  const { shape, a, b, at } = placed
  for (let matrix = 0; matrix < placed.outerSize; matrix++) {
    let rest = matrix
    let [atA, atB] = [a.skip, b.skip]
    for (let d = shape.outer.length - 1; d >= 0; d--) {
      const index = rest % (shape.outer[d] ?? 1)
      rest = Math.floor(rest / (shape.outer[d] ?? 1))
      atA += index * (a.outer[d] ?? 0)
      atB += index * (b.outer[d] ?? 0)
    }
    for (let i = 0; i < shape.m; i++) {
      for (let j = 0; j < shape.n; j++) {
        let sum = 0
        for (let p = 0; p < shape.k; p++) {
          const x = valueAt(atA + i * a.strides[0] + p * a.strides[1])
          const y = valueAt((atB + p * b.strides[0] + j * b.strides[1]) * 3 + 1)
          sum += x * y
        }
        const cell = at.c / 4 + (matrix * shape.m + i) * shape.n + j
        cells[cell] = finished(shape, epilogue, sum, cells[cell] ?? 0, i, j)
      }
    }
  }
}

/** A change to the lowered function, to plant faults. */
export type Change = (f: LoopFunction) => LoopFunction

/** Which meaning of the loop IR runs: the compiled one, or the interpreter. */
export type Engine = 'wasm' | 'interpreter'

const runOn = async (engine: Engine, f: LoopFunction, memory: LinearMemory): Promise<void> => {
  if (engine === 'interpreter') {
    interpret({ functions: [f] }, memory.buffer, f.name)
    return
  }
  const run = await compiled(f, memory)
  run()
}

/**
 * Runs the contraction, after the packing of a fixed B, which is then spoiled: what is kept must do. The byte address of the first difference from the triple loop anywhere in memory
 * outside the room that it asked for, or `undefined`. Operands, guards and what lies behind must stay as they were.
 */
export const firstDifference = async (
  shape: Shape,
  epilogue: Epilogue,
  change: Change = f => f,
  engine: Engine = 'wasm',
): Promise<number | undefined> => {
  const placed = place(shape)
  const c = contractionOf(placed, storeOf(placed, epilogue))
  const kept = roundUp(placed.scratch + contractionScratch(c))
  const end = kept + contractionKept(c)
  const memory = memoryOf(end)
  const cells = viewOf(memory, shape.elem)
  fill(cells, placed)
  const wanted = cells.slice()
  expect(wanted, placed, epilogue)
  const isKept = end > kept
  const elements = cells.subarray(placed.at.b / 4, placed.at.b / 4 + placed.b.size)
  const b = elements.slice()
  if (isKept) {
    await runOn(engine, change(lowerPacking(c, kept)), memory)
    elements.fill(77)
  }
  await runOn(engine, change(lowerContraction(c, placed.scratch, kept)), memory)
  if (isKept) elements.set(b)
  for (let x = 0; x < cells.length; x++) {
    const isScratch = 4 * x >= placed.scratch && 4 * x < end
    if (!isScratch && !Object.is(cells[x], wanted[x]) && cells[x] !== wanted[x]) return 4 * x
  }
  return undefined
}
