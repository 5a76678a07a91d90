import { type DType, type TypedArray, viewOf } from './dtype.js'
import { limitation, userFault } from './fault.js'
import { type LinearMemory, webAssembly } from './webassembly.js'

const pageBytes = 65536
const maxPages = 65536

/** The most bytes that an arena can have. */
export const ARENA_BYTES = maxPages * pageBytes

/** A free stretch of the arena, in bytes. */
interface Gap {
  readonly address: number
  readonly bytes: number
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

/**
 * The linear memory that plans and data sets live in. Addresses stay valid while the memory grows; typed
 * arrays do not, so call `view` each time and do not keep its result across a `reserve`.
 *
 * @example
 * ```ts
 * import { Arena } from 'densor/runtime'
 *
 * const arena = new Arena()
 * const address = arena.reserve(4 * 3)
 * arena.view('f32', address, 3).set([1, 2, 3])
 * ```
 */
export class Arena {
  readonly memory: LinearMemory
  private readonly reserved = new Map<number, number>()
  private gaps: readonly Gap[] = []
  // address 0 is never given out, so that it can mean "nowhere"
  private top = 64
  private total = 0

  /** Whether several threads may use it. */
  readonly isShared: boolean

  /** An arena with room for `initialBytes` before it has to grow; `shared` for plans of several threads. */
  constructor(initialBytes = pageBytes, { shared = false }: { readonly shared?: boolean } = {}) {
    if (webAssembly === undefined) throw limitation('no-wasm', 'This JavaScript engine has no WebAssembly.')
    const initial = Math.max(1, Math.ceil(initialBytes / pageBytes))
    this.isShared = shared
    this.memory = new webAssembly.Memory(shared ? { initial, maximum: maxPages, shared } : { initial })
  }

  /** The bytes as they are now; replaced when the arena grows. */
  get buffer(): ArrayBuffer {
    return this.memory.buffer
  }

  /** Bytes handed out and not released, rounded up to 64 each. */
  get bytesReserved(): number {
    return this.total
  }

  /**
   * The address of `bytes` fresh bytes, zeroed, a multiple of `align` (a power of two, at least 64). Takes
   * the first gap that fits, or the end; faults where the memory cannot grow (4 GiB at most).
   */
  reserve(bytes: number, align = 64): number {
    const size = Math.max(64, roundUp(bytes, 64))
    const address = this.takeGap(size, align) ?? this.takeEnd(size, align)
    this.reserved.set(address, size)
    this.total += size
    return address
  }

  /** Gives back what `reserve` gave; faults where nothing was reserved at `address`. */
  release(address: number): void {
    const bytes = this.reserved.get(address)
    if (bytes === undefined) {
      throw userFault('arena-release', `Nothing is reserved at address ${address} of the arena.`)
    }
    this.reserved.delete(address)
    this.total -= bytes
    this.addGap({ address, bytes })
  }

  /** `length` elements from byte `offset`, without a copy; valid until the arena grows. */
  view(dtype: DType, offset: number, length: number): TypedArray {
    return viewOf(dtype, this.buffer, offset, length)
  }

  private takeGap(size: number, align: number): number | undefined {
    for (const gap of this.gaps) {
      const address = roundUp(gap.address, align)
      const end = gap.address + gap.bytes
      if (address + size > end) continue
      const rest = [
        { address: gap.address, bytes: address - gap.address },
        { address: address + size, bytes: end - address - size },
      ].filter(g => g.bytes > 0)
      this.gaps = this.gaps.flatMap(g => (g === gap ? rest : [g]))
      // what lies past the top was never written
      new Uint8Array(this.buffer, address, size).fill(0)
      return address
    }
    return undefined
  }

  private takeEnd(size: number, align: number): number {
    const address = roundUp(this.top, align)
    this.grow(address + size)
    if (address > this.top) this.addGap({ address: this.top, bytes: address - this.top })
    this.top = address + size
    return address
  }

  /** Puts a gap in its place, joined with those it touches. */
  private addGap(gap: Gap): void {
    const sorted = [...this.gaps, gap].sort((a, b) => a.address - b.address)
    const joined: Gap[] = []
    for (const g of sorted) {
      const last = joined.at(-1)
      if (last !== undefined && last.address + last.bytes === g.address) {
        joined[joined.length - 1] = { address: last.address, bytes: last.bytes + g.bytes }
      } else joined.push(g)
    }
    this.gaps = joined
  }

  private grow(bytes: number): void {
    const have = this.buffer.byteLength / pageBytes
    const need = Math.ceil(bytes / pageBytes)
    if (need <= have) return
    // half as much again, so that many small reservations copy little
    const roomy = Math.min(maxPages, Math.max(need, Math.ceil(have * 1.5)))
    for (const pages of need > maxPages ? [] : [roomy, need]) {
      try {
        this.memory.grow(pages - have)
        return
      } catch {
        // the engine refuses: try the least, then say so
      }
    }
    const limit = `; WebAssembly memory ends at ${ARENA_BYTES} bytes`
    const end = bytes > ARENA_BYTES ? limit : ''
    throw limitation('out-of-memory', `The arena cannot grow to ${bytes} bytes${end}.`, {
      notes: [`It holds ${this.total} bytes.`],
      suggestion: 'Use a smaller batch size or fewer parameters.',
    })
  }
}
