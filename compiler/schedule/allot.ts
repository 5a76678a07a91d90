import { at } from '../ops/tensor.js'

/** A buffer's life: bytes, from the kernel that writes it first to the one that reads it last. */
export interface Span {
  readonly bytes: number
  readonly first: number
  readonly last: number
}

/**
 * Offsets for buffers such that no two that live at once overlap: largest first, each at the lowest gap
 * (greedy by size, Pisarchyk and Lee 2020).
 */
export const allot = (
  spans: readonly Span[],
): { readonly offsets: ReadonlyMap<Span, number>; readonly bytes: number } => {
  const offsets = new Map<Span, number>()
  const blocks: Block[] = []
  let total = 0
  for (const span of [...spans].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const from = lowestGap(blocks, span)
    offsets.set(span, from)
    place(blocks, span, from)
    total = Math.max(total, from + span.bytes)
  }
  return { offsets, bytes: total }
}

/** A buffer that has its place. */
interface Placed {
  readonly first: number
  readonly last: number
  readonly from: number
  readonly to: number
}

/** Most buffers of a block. */
const BLOCK = 64

/**
 * Neighbours by offset, so that a search can pass over all of them at once: where none lives at the time, or all do and
 * leave no room between them.
 */
interface Block {
  readonly placed: readonly Placed[]
  readonly from: number
  readonly to: number
  /** The widest room between them when all of them are there. */
  readonly room: number
  /** When the first of them begins, and the last; when the first ends, and the last. */
  readonly begins: readonly [number, number]
  readonly ends: readonly [number, number]
}

const blockOf = (placed: readonly Placed[]): Block => {
  const { from } = at(placed, 0)
  let [to, room] = [from, 0]
  const begins: [number, number] = [Number.POSITIVE_INFINITY, 0]
  const ends: [number, number] = [Number.POSITIVE_INFINITY, 0]
  for (const p of placed) {
    room = Math.max(room, p.from - to)
    to = Math.max(to, p.to)
    begins[0] = Math.min(begins[0], p.first)
    begins[1] = Math.max(begins[1], p.first)
    ends[0] = Math.min(ends[0], p.last)
    ends[1] = Math.max(ends[1], p.last)
  }
  return { placed, from, to, room, begins, ends }
}

/** The lowest offset at which nothing lies that lives at the same time. */
const lowestGap = (blocks: readonly Block[], { bytes, first, last }: Span): number => {
  let offset = 0
  for (const block of blocks) {
    if (block.begins[0] > last || block.ends[1] < first) continue
    const allLive = block.begins[1] <= last && block.ends[0] >= first
    if (allLive && offset + bytes <= block.from) return offset
    if (allLive && block.room < bytes) {
      offset = Math.max(offset, block.to)
      continue
    }
    for (const p of block.placed) {
      if (p.first > last || p.last < first) continue
      if (offset + bytes <= p.from) return offset
      offset = Math.max(offset, p.to)
    }
  }
  return offset
}

/** Enters a buffer into the block that its offset belongs to; a block that is full becomes two. */
const place = (blocks: Block[], { bytes, first, last }: Span, from: number): void => {
  const one: Placed = { first, last, from, to: from + bytes }
  const index = Math.max(0, upTo(blocks, from) - 1)
  const { placed } = blocks[index] ?? { placed: [] }
  const more = placed.toSpliced(upTo(placed, from), 0, one)
  const half = more.length > BLOCK ? more.length >> 1 : more.length
  blocks.splice(
    index,
    1,
    ...[more.slice(0, half), more.slice(half)].flatMap(p => (p.length > 0 ? [blockOf(p)] : [])),
  )
}

/** How many of some things by offset begin there or before it. */
const upTo = (things: readonly { readonly from: number }[], offset: number): number => {
  let [low, high] = [0, things.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(things, middle).from <= offset) low = middle + 1
    else high = middle
  }
  return low
}
