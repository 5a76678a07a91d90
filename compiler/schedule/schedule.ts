import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { KernelReport, Stream } from '../../runtime/plan.js'
import type { Program, Value } from '../ir/program.js'
import { call } from '../loop/expr.js'
import type { LoopFunction, LoopModule, Stmt } from '../loop/ir.js'
import { simd128, type VectorUnit } from '../loop/vectors.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { fuse } from './fusion.js'
import { type Kernel, listKernels, readsOf, writesOf } from './kernels.js'
import { layOut } from './layout.js'
import { kernelRoom, lowerKernel } from './lower-kernel.js'
import { ELEMENT, type Placement } from './members.js'
import { type Analysis, analyse, type Node } from './nodes.js'
import { prepared } from './prepare.js'
import { runFunction, type Thread, threadName } from './run-loop.js'
import { clearedBefore, clearedRarely, clearsDecayed, everySoOften } from './settle.js'
import { planStorage, type Room, type Storage, type StorageOptions } from './storage.js'
import { meetAt, pays, walk } from './threads.js'

/** What threads tell each other: a barrier's words on a cache line, then the words of a run (runtime/plan.ts). */
const CONTROL_BYTES = 256
/** A line for the number of steps. */
const COUNTER_BYTES = 64
const NO_ROOM: Room = { scratch: 0, kept: 0 }

/** What the caller asks of a schedule. */
export interface ScheduleOptions extends Omit<StorageOptions, 'control'> {
  /** The target's registers; four lanes unless told. */
  readonly unit?: VectorUnit
  /** Inputs whose leading dimension is filled row by row from data sets. */
  readonly streams: readonly string[]
  /** A scalar f32 output: a run stops after the step that leaves it not finite. */
  readonly guard?: string
  /** Inputs that hold no denormal numbers: who writes them sees to it. None unless given. */
  readonly clean?: readonly string[]
  /** Inputs that stay as they are from one `prepare` to the next; none unless given. */
  readonly fixed?: readonly string[]
  /** Threads to divide the kernels for that pay; 1 unless given. */
  readonly threads?: number
}

export interface Schedule {
  readonly base: number
  readonly module: LoopModule
  readonly storage: Storage
  readonly streams: readonly Stream[]
  readonly kernels: readonly KernelReport[]
  /** Threads that its kernels are divided for; 1 where none pays. */
  readonly threads: number
}

/** Program -> kernels over one arena: fusion, memory plan, loops. */
export const schedule = (source: Program, options: ScheduleOptions): Schedule => {
  const program = layOut(source)
  const analysis = analyse(program)
  const unit = options.unit ?? simd128
  const needsClearing = unit.flushes !== true
  const { list, clear } = clearedBefore(
    analysis,
    listKernels(analysis, fuse(analysis)),
    options,
    needsClearing,
  )
  const once = prepared(analysis, list, options.fixed ?? [], options.donate)
  const wanted = options.threads ?? 1
  const partsOf = (kernel: Kernel): number =>
    wanted > 1 && !once.kernels.has(kernel) && pays(report(analysis, kernel, '', list.stored)) ? wanted : 1
  // what runs once need not keep what it packs
  const placementOf = (kernel: Kernel, addressOf: Placement['addressOf']): Placement => {
    const isFixed = once.kernels.has(kernel) ? () => false : once.isFixed
    return { analysis, unit, addressOf, isFixed, clear }
  }
  /** What lies as it came is cleared where it is copied. */
  const clearing = (addressOf: Placement['addressOf']): Placement => {
    return {
      analysis,
      unit,
      addressOf,
      isFixed: () => false,
      clear: clearsDecayed,
    }
  }
  const roomFor = (kernel: Kernel): Room =>
    kernelRoom(
      kernel,
      placementOf(kernel, () => 0),
      list.stored,
      partsOf(kernel),
    )
  const control = wanted === 1 ? 0 : CONTROL_BYTES
  const settling = needsClearing ? clearedRarely(analysis, options) : []
  const counted = settling.length === 0 ? 0 : COUNTER_BYTES
  const storage = planStorage(analysis, list, once.kernels, roomFor, {
    ...options,
    control: control + counted,
  })
  const lowered = storage.kernels.map((kernel, i) => {
    const placement = placementOf(kernel, storage.addressOf)
    const name = kernelName(kernel, i)
    return lowerKernel(name, kernel, placement, list.stored, storage.roomOf(kernel), partsOf(kernel))
  })
  const isOnce = storage.kernels.map(kernel => once.kernels.has(kernel))
  const parts = lowered.flatMap((l, i) => (isOnce[i] ? [] : [l.parts]))
  const streams = options.streams.map(name => streamOf(storage, name))
  const guard = storage.outputs.find(p => p.name === options.guard)
  const threads = Math.max(1, ...parts.map(p => p.length))
  const settles = settling.flatMap(
    (kernel, i) =>
      lowerKernel(`settle${i}`, kernel, clearing(storage.addressOf), list.stored, NO_ROOM, 1).parts,
  )
  const settle = everySoOften(settles, storage.controlAddress + control)
  const entries = Array.from({ length: threads }, (_, index) => {
    const thread: Thread = { index, count: threads, control: storage.controlAddress }
    return [
      stepFunction(parts, thread, threads === 1 ? settle : []),
      ...(streams.length === 0
        ? []
        : [runFunction(streams, guard?.offset, thread, !needsClearing, threads > 1 ? settle : [])]),
    ]
  })
  const before = lowered.flatMap((l, i) => (isOnce[i] ? l.parts : l.packings))
  const functions = [...before, ...settles, ...parts.flat(), ...prepareFunction(before), ...entries.flat()]
  const module: LoopModule = { functions }
  const kernels = storage.kernels.flatMap((k, i) =>
    isOnce[i] ? [] : [report(analysis, k, kernelName(k, i), list.stored)],
  )
  return { base: storage.base, module, storage, streams, kernels, threads }
}

/** One thread's walk through all kernels. */
const stepFunction = (
  parts: readonly (readonly LoopFunction[])[],
  thread: Thread,
  first: readonly Stmt[],
): LoopFunction => ({
  name: threadName('step', thread.index),
  params: [],
  returns: false,
  exported: true,
  body: [...first, ...walk(parts, thread.index, meetAt(thread.control, thread.count, thread.index))],
})

/** What is done once, before all steps, by one thread; nothing where nothing is fixed. */
const prepareFunction = (before: readonly LoopFunction[]): readonly LoopFunction[] =>
  before.length === 0
    ? []
    : [{ name: 'prepare', params: [], returns: false, exported: true, body: before.map(f => call(f.name)) }]

const streamOf = (storage: Storage, name: string): Stream => {
  const port = storage.inputs.find(p => p.name === name)
  if (port === undefined) throw bug(`schedule: no input ${name} to stream`)
  const rows = port.shape[0] ?? 1
  return { ...port, rows, rowBytes: sizeOf(port.shape.slice(1)) * ELEMENT }
}

// ---- reports

const kernelName = (kernel: Kernel, index: number): string => `${kernel.kind}${index}`

const membersOf = (kernel: Kernel): readonly Node[] => {
  switch (kernel.kind) {
    case 'loops':
    case 'contraction':
      return kernel.group.members
    case 'argmax':
    case 'foldIn':
      return [kernel.node]
    case 'copy':
      return []
    default:
      return kernel satisfies never
  }
}

const report = (
  analysis: Analysis,
  kernel: Kernel,
  name: string,
  stored: ReadonlySet<Value>,
): KernelReport => {
  const members = membersOf(kernel)
  const equations = members.map(n => n.equation)
  const copied = kernel.kind === 'copy' && kernel.equation !== undefined ? [kernel.equation] : []
  const sources = [...new Set([...equations, ...copied].map(e => e.source).filter(s => s !== ''))]
  const bytes = (root: Value): number => (root < 0 ? 0 : sizeOf(analysis.typeOf(root).shape) * ELEMENT)
  const read = new Map<Value, number>()
  for (const { root, view } of readsOf(kernel)) {
    read.set(root, Math.min(bytes(root), (read.get(root) ?? 0) + elementsOf(view) * ELEMENT))
  }
  return {
    name,
    kind: kernel.kind === 'contraction' ? 'contraction' : kernel.kind === 'copy' ? 'copy' : 'loops',
    sources,
    equations: (equations.length > 0 ? equations : copied).map(e => e.prim),
    flops: members.reduce((n, m) => n + flopsOf(m), 0),
    bytes: [...new Set(writesOf(kernel, stored))].reduce(
      (n, root) => n + bytes(root),
      [...read.values()].reduce((n, part) => n + part, 0),
    ),
  }
}

/** How many elements a view reads, each once. */
const elementsOf = ({ shape, strides }: View): number => sizeOf(shape.filter((_, d) => strides[d] !== 0))

/** A multiply-add counts two; everything else one for each element of its space. */
const flopsOf = (node: Node): number => {
  const size = sizeOf(node.space)
  const { equation } = node
  if (equation.prim !== 'dot_general') return size
  const { shape } = at(node.operands, 0).view
  return 2 * size * equation.params.lhsContracting.reduce((n, d) => n * at(shape, d), 1)
}
