import type { Contraction } from '../../compiler/loop/contraction/contraction.js'
import type { LoopFunction } from '../../compiler/loop/ir.js'
import { simd128, type VectorUnit } from '../../compiler/loop/vectors.js'
import { assemble } from '../../compiler/targets/assemble.js'
import { printWat } from '../../compiler/targets/wasm.js'
import { type LinearMemory, webAssembly } from '../../runtime/webassembly.js'

/** Extents, strides and memory of one test contraction; elements of 4 bytes. */
export interface Shape {
  readonly elem: 'f32' | 'i32'
  /** the registers of the target; those of wasm unless given */
  readonly unit?: VectorUnit
  readonly m: number
  readonly n: number
  readonly k: number
  readonly outer: readonly number[]
  /** order of A's dimensions [outer…, m, k] in memory, slowest first, and so B's [outer…, k, n] */
  readonly transposeA: boolean
  readonly transposeB: boolean
  /** elements between neighbours of the contiguous dimension: 1, or more for a strided view */
  readonly spreadA: number
  readonly spreadB: number
  /** read from the last element to the first */
  readonly reverseA: boolean
  readonly reverseB: boolean
  /** bit d set: outer dimension d has stride 0 in A (first) or B (second) */
  readonly sharedA: number
  readonly sharedB: number
  /** B stays as it is, so that its panels are packed before; it does not unless given */
  readonly fixedB?: boolean
}

interface Layout {
  readonly strides: readonly [number, number]
  readonly outer: readonly number[]
  readonly size: number
  /** elements before the first one */
  readonly skip: number
}

/** Strides of a matrix of `rows` by `columns` inside the outer dimensions, and the elements it spans. */
const layoutOf = (
  outer: readonly number[],
  rows: number,
  columns: number,
  transposed: boolean,
  spread: number,
  shared: number,
  reversed: boolean,
): Layout => {
  const sign = reversed ? -1 : 1
  const [near, far] = [sign * spread, sign * spread * (transposed ? rows : columns)]
  const strides: readonly [number, number] = transposed ? [near, far] : [far, near]
  const matrix = rows * columns * spread
  const plain = outer.map((_, d) => outer.slice(d + 1).reduce((x, y) => x * y, matrix))
  const size = outer.reduce((x, y) => x * y, matrix)
  return {
    strides,
    outer: plain.map((s, d) => ((shared >> d) & 1 ? 0 : s)),
    size,
    skip: reversed ? Math.max(matrix - spread, 0) : 0,
  }
}

/** Where everything lies, in bytes. */
export interface Placed {
  readonly shape: Shape
  readonly a: Layout
  readonly b: Layout
  readonly at: { readonly a: number; readonly b: number; readonly c: number; readonly extra: number }
  readonly scratch: number
  readonly end: number
  readonly outerSize: number
}

const guard = 64
const align = (x: number): number => Math.ceil(x / 64) * 64

/** Places the operands one after the other with guard bytes between. */
export const place = (shape: Shape): Placed => {
  const { outer, m, n, k } = shape
  const a = layoutOf(outer, m, k, shape.transposeA, shape.spreadA, shape.sharedA, shape.reverseA)
  const b = layoutOf(outer, k, n, shape.transposeB, shape.spreadB, shape.sharedB, shape.reverseB)
  const outerSize = outer.reduce((x, y) => x * y, 1)
  const atA = 1024
  const atB = align(atA + 4 * a.size + guard) + 4
  const atC = align(atB + 4 * b.size + guard) + 8
  const extra = align(atC + 4 * outerSize * m * n + guard) + 12
  const scratch = align(extra + 4 * (m * n + m + n) + guard)
  return { shape, a, b, at: { a: atA, b: atB, c: atC, extra }, scratch, end: scratch, outerSize }
}

/** The contraction of a placed shape with the given epilogue. */
export const contractionOf = (placed: Placed, store: Contraction['store']): Contraction => {
  const { shape, a, b, at } = placed
  return {
    name: 'product',
    elem: shape.elem,
    unit: shape.unit ?? simd128,
    outer: shape.outer.map((extent, d) => ({ extent, a: a.outer[d] ?? 0, b: b.outer[d] ?? 0 })),
    m: shape.m,
    n: shape.n,
    k: shape.k,
    a: { base: at.a + 4 * a.skip, strideM: a.strides[0], strideK: a.strides[1], isFixed: false },
    b: {
      base: at.b + 4 * b.skip,
      strideK: b.strides[0],
      strideN: b.strides[1],
      isFixed: shape.fixedB === true,
    },
    store,
  }
}

const engine = () => {
  if (webAssembly === undefined) throw new Error('this engine has no WebAssembly')
  return webAssembly
}

/** Compiles one function without parameters over `memory` and returns it. */
export const compiled = async (f: LoopFunction, memory: LinearMemory): Promise<() => void> => {
  const code = assemble(printWat({ functions: [{ ...f, exported: true }] }))
  const { Module, Instance } = engine()
  const entry = new Instance(new Module(code), { env: { memory } }).exports[f.name]
  if (typeof entry !== 'function') throw new TypeError(`${f.name} is not exported`)
  return () => {
    entry()
  }
}

/** Fresh memory of at least `bytes` bytes and a guard. */
export const memoryOf = (bytes: number): LinearMemory =>
  new (engine().Memory)({ initial: Math.ceil((bytes + guard) / 65536) })
