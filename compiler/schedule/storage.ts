import { sizeOf } from '../../runtime/dtype.js'
import { bug, limitation } from '../../runtime/fault.js'
import type { PlanPort } from '../../runtime/plan.js'
import type { Port, Value } from '../ir/program.js'
import { at } from '../ops/tensor.js'
import { allot, type Span } from './allot.js'
import { placeConstants } from './constants.js'
import { copyTo, type Kernel, type KernelList, readsInPlace, readsOf, writesOf } from './kernels.js'
import { ELEMENT } from './members.js'
import { FixedRegion, type Place, roundUp } from './memory.js'
import type { Analysis } from './nodes.js'
import { isWhole } from './views.js'

/** Where the caller wants things. */
export interface StorageOptions {
  /** Given the bytes that the plan needs, the address where they are: a multiple of 64. */
  readonly reserve: (bytes: number) => number
  /** Outputs that take the place of an input: [output name, input name]. */
  readonly donate: readonly (readonly [output: string, input: string])[]
  /** Ports that already have an address, e.g. weights shared between plans. */
  readonly resident: Readonly<Record<string, number>>
  /** Bytes for what threads tell each other; 0 where there is one. */
  readonly control: number
}

/** What a kernel wants beside its operands: bytes, or the address of each. */
export interface Room {
  /** While it runs. */
  readonly scratch: number
  /** From `prepare` on, for all calls. */
  readonly kept: number
}

/** Every buffer's address, and the kernels with the copies that ports still need. */
export interface Storage {
  /** First byte that the plan owns. */
  readonly base: number
  readonly kernels: readonly Kernel[]
  readonly addressOf: (root: Value) => number
  readonly roomOf: (kernel: Kernel) => Room
  /** Byte address of what threads tell each other. */
  readonly controlAddress: number
  readonly inputs: readonly PlanPort[]
  readonly outputs: readonly PlanPort[]
  readonly constants: readonly { readonly offset: number; readonly data: Uint8Array<ArrayBuffer> }[]
  /** Bytes by use, what is prepared among the constants; `bytes` is everything the plan owns from its base on. */
  readonly bytes: number
  readonly inputBytes: number
  readonly outputBytes: number
  readonly scratchBytes: number
  readonly constantBytes: number
}

/** Plans memory: ports, constants and what is `prepared` at fixed places, everything else where its lifetime allows. */
export const planStorage = (
  analysis: Analysis,
  list: KernelList,
  prepared: ReadonlySet<Kernel>,
  roomFor: (kernel: Kernel) => Room,
  options: StorageOptions,
): Storage => {
  const fixed = new FixedRegion(options.resident)
  const inputPorts = analysis.program.inputs.map(port => ({
    port,
    place: fixed.port(port.name, bytesOfRoot(analysis, port.value)),
  }))
  const inputs = new Map(inputPorts.map(({ port, place }) => [port.value, place]))
  const inputBytes = fixed.used
  const { kernels, placed, ports: outputPorts } = placeOutputs(analysis, list, inputPorts, fixed, options)
  const outputBytes = fixed.used - inputBytes
  const control = fixed.take(options.control)
  const constants = placeConstants(analysis, kernels, fixed)
  const kept = placeKept(analysis, list, prepared, fixed)
  const rooms = new Map(kernels.map(kernel => [kernel, roomFor(kernel)]))
  const keptRooms = new Map([...rooms].flatMap(([k, { kept }]) => (kept > 0 ? [[k, fixed.take(kept)]] : [])))
  const constantBytes = fixed.used - inputBytes - outputBytes

  const home = (root: Value): { readonly root: Value; readonly offset: number } => {
    const piece = list.pieces.get(root)
    return piece === undefined || placed.has(root)
      ? { root, offset: 0 }
      : { root: piece.of, offset: piece.offset * ELEMENT }
  }
  const known = (root: Value): Place | undefined =>
    inputs.get(root) ?? placed.get(root) ?? constants.places.get(root) ?? kept.get(root)
  const spans = lifetimes(analysis, kernels, list.stored, root => home(root).root, known)
  const scratch: Span[] = []
  const scratchSpans = new Map<Kernel, Span>()
  kernels.forEach((kernel, i) => {
    const bytes = rooms.get(kernel)?.scratch ?? 0
    if (bytes === 0) return
    const span = { bytes: roundUp(bytes), first: i, last: i }
    scratchSpans.set(kernel, span)
    scratch.push(span)
  })
  const { offsets, bytes: scratchBytes } = allot([...spans.values(), ...scratch])
  const bytes = fixed.used + scratchBytes
  const base = options.reserve(bytes)
  if (base % 64 !== 0) throw bug(`storage: base ${base} is not a multiple of 64`)
  const start = base + fixed.used
  const locate = ({ offset, owned }: Place): number => (owned ? base + offset : offset)
  const offsetOf = (span: Span | undefined): number => {
    const offset = span === undefined ? undefined : offsets.get(span)
    if (offset === undefined) throw bug('storage: a buffer without a place')
    return start + offset
  }
  const addressOf = (root: Value): number => {
    const { root: whole, offset } = home(root)
    const place = known(whole)
    return (place === undefined ? offsetOf(spans.get(whole)) : locate(place)) + offset
  }
  const portAt = ({ port, place }: PlacedPort): PlanPort => planPort(analysis, port, locate(place))
  return {
    base,
    kernels,
    addressOf,
    roomOf: kernel => {
      const place = keptRooms.get(kernel)
      return {
        scratch: scratchSpans.has(kernel) ? offsetOf(scratchSpans.get(kernel)) : 0,
        kept: place === undefined ? 0 : locate(place),
      }
    },
    controlAddress: locate(control),
    inputs: inputPorts.map(portAt),
    outputs: outputPorts.map(portAt),
    constants: constants.segments.map(({ place, data }) => ({ offset: locate(place), data })),
    bytes,
    inputBytes,
    outputBytes,
    scratchBytes,
    constantBytes,
  }
}

const bytesOfRoot = (analysis: Analysis, root: Value): number => sizeOf(analysis.typeOf(root).shape) * ELEMENT

const planPort = (analysis: Analysis, port: Port, offset: number): PlanPort => ({
  name: port.name,
  dtype: analysis.typeOf(port.value).dtype,
  shape: analysis.typeOf(port.value).shape,
  offset,
})

interface PlacedPort {
  readonly port: Port
  readonly place: Place
}

// ---- outputs

interface PlacedOutputs {
  readonly kernels: readonly Kernel[]
  /** Roots computed straight into a port. */
  readonly placed: ReadonlyMap<Value, Place>
  readonly ports: readonly PlacedPort[]
}

/** Outputs are computed where the caller reads them wherever nothing else still needs that place; else copied at the end. */
const placeOutputs = (
  analysis: Analysis,
  list: KernelList,
  inputs: readonly PlacedPort[],
  fixed: FixedRegion,
  options: StorageOptions,
): PlacedOutputs => {
  const donor = new Map(options.donate)
  const inputValue = new Map(analysis.program.inputs.map(p => [p.name, p.value]))
  const placed = new Map<Value, Place>()
  const pending: {
    readonly kernel: Kernel
    readonly overwrites: Value | undefined
    readonly target: Value
  }[] = []
  let next = -1
  // Inputs that an output hands on as they are, or reads from, must survive until the copies at the end.
  const handedOn = new Set(analysis.program.outputs.map(p => analysis.access(p.value).root))
  const ports = analysis.program.outputs.map(port => {
    const from = analysis.access(port.value)
    const giver = donor.get(port.name)
    const input = giver === undefined ? undefined : inputValue.get(giver)
    const place =
      giver === undefined
        ? fixed.port(port.name, bytesOfRoot(analysis, port.value))
        : placeOfPort(inputs, giver)
    const out = { port, place }
    if (from.root === input && isWhole(from.view, sizeOf(analysis.typeOf(from.root).shape))) return out
    const free =
      analysis.nodeOf.has(from.root) &&
      isWhole(from.view, sizeOf(analysis.typeOf(from.root).shape)) &&
      !placed.has(from.root) &&
      !list.pieces.has(from.root) &&
      (input === undefined || (!handedOn.has(input) && mayReplace(list, input, from.root)))
    if (free) {
      placed.set(from.root, place)
    } else {
      const target = next--
      placed.set(target, place)
      pending.push({ kernel: copyTo(from, target, from.view.shape), overwrites: input, target })
    }
    return out
  })
  return { kernels: [...list.kernels, ...orderCopies(pending)], placed, ports }
}

const placeOfPort = (inputs: readonly PlacedPort[], name: string): Place => {
  const found = inputs.find(({ port }) => port.name === name)
  if (found === undefined) throw bug(`storage: no input ${name} to donate`)
  return found.place
}

/** True when `root` may be computed into the storage of `input`: nobody reads the input afterwards. */
const mayReplace = (list: KernelList, input: Value, root: Value): boolean => {
  const writes = (kernel: Kernel): boolean =>
    writesOf(kernel, list.stored).some(v => v === root || list.pieces.get(v)?.of === root)
  const writers = list.kernels.flatMap((k, i) => (writes(k) ? [i] : []))
  const readers = list.kernels.flatMap((k, i) => (readsOf(k).some(a => a.root === input) ? [i] : []))
  const [first, last] = [writers[0], readers.at(-1)]
  if (first === undefined) return false
  if (last === undefined || last < first) return true
  const only = at(list.kernels, first)
  return last === first && writers.length === 1 && readsInPlace(only, input)
}

/** The copies at the end, each before the one that overwrites what it reads. */
const orderCopies = (
  pending: readonly { readonly kernel: Kernel; readonly overwrites: Value | undefined }[],
): readonly Kernel[] => {
  const left = [...pending]
  const done: Kernel[] = []
  while (left.length > 0) {
    const next = left.findIndex(
      c => !left.some(other => other !== c && readsOf(other.kernel).some(a => a.root === c.overwrites)),
    )
    const [copy] = next < 0 ? [] : left.splice(next, 1)
    if (copy === undefined) {
      throw limitation(
        'donation-cycle',
        'two outputs exchange the places of two inputs; donate one of them only',
      )
    }
    done.push(copy.kernel)
  }
  return done
}

// ---- everything else

/** Places for what the prepared kernels compute: it must last. */
const placeKept = (
  analysis: Analysis,
  { stored }: KernelList,
  prepared: ReadonlySet<Kernel>,
  fixed: FixedRegion,
): ReadonlyMap<Value, Place> =>
  new Map(
    [...prepared]
      .flatMap(kernel => writesOf(kernel, stored))
      .filter(root => analysis.nodeOf.has(root))
      .map(root => [root, fixed.take(bytesOfRoot(analysis, root))]),
  )

const lifetimes = (
  analysis: Analysis,
  kernels: readonly Kernel[],
  stored: ReadonlySet<Value>,
  home: (root: Value) => Value,
  known: (root: Value) => Place | undefined,
): Map<Value, Span> => {
  const spans = new Map<Value, { bytes: number; first: number; last: number }>()
  const touch = (root: Value, i: number, isWrite: boolean): void => {
    const whole = home(root)
    if (known(whole) !== undefined) return
    const span = spans.get(whole)
    if (span !== undefined) span.last = i
    else if (isWrite) spans.set(whole, { bytes: roundUp(bytesOfRoot(analysis, whole)), first: i, last: i })
    else if (analysis.nodeOf.has(whole)) throw bug(`storage: %${whole} is read before it is written`)
  }
  kernels.forEach((kernel, i) => {
    for (const { root } of readsOf(kernel)) touch(root, i, false)
    for (const root of writesOf(kernel, stored)) touch(root, i, true)
  })
  return spans
}
