import { sizeOf } from '../../runtime/dtype.js'
import type { KernelReport, Stream } from '../../runtime/plan.js'
import type { Program, Value } from '../ir/program.js'
import {
  abs,
  add,
  call,
  i32,
  if_,
  let_,
  load,
  loop,
  lt,
  mul,
  not,
  ref,
  reg,
  return_,
  store,
  withLanes,
} from '../loop/expr.js'
import type { Expr, LoopFunction, LoopModule, Stmt } from '../loop/ir.js'
import { simd128, type VectorUnit } from '../loop/vectors.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import { fuse } from './fusion.js'
import { type Kernel, listKernels, readsOf, writesOf } from './kernels.js'
import { layOut } from './layout.js'
import { kernelScratch, lowerKernel } from './lower-kernel.js'
import { ELEMENT, type Placement } from './members.js'
import { type Analysis, analyse, type Node } from './nodes.js'
import { planStorage, type Storage, type StorageOptions } from './storage.js'

/** What the caller asks of a schedule. */
export interface ScheduleOptions extends Omit<StorageOptions, 'base'> {
  /** Given the bytes that the plan needs, the address where they are: a multiple of 64. */
  readonly reserve: (bytes: number) => number
  /** The target's registers; four lanes unless told. */
  readonly unit?: VectorUnit
  /** Inputs whose leading dimension is filled row by row from data sets. */
  readonly streams: readonly string[]
  /** A scalar f32 output: a run stops after the step that leaves it not finite. */
  readonly guard?: string
}

export interface Schedule {
  readonly base: number
  readonly module: LoopModule
  readonly storage: Storage
  readonly streams: readonly Stream[]
  readonly kernels: readonly KernelReport[]
}

/** Program -> kernels over one arena: fusion, memory plan, loops. */
export const schedule = (source: Program, options: ScheduleOptions): Schedule => {
  const program = layOut(source)
  const analysis = analyse(program)
  const list = listKernels(analysis, fuse(analysis))
  const unit = options.unit ?? simd128
  const nowhere: Placement = { analysis, unit, addressOf: () => 0 }
  const scratch = (kernel: Kernel): number => kernelScratch(kernel, nowhere, list.stored)
  const { donate, resident } = options
  const { bytes } = planStorage(analysis, list, scratch, { base: 0, donate, resident })
  const base = options.reserve(bytes)
  const storage = planStorage(analysis, list, scratch, { base, donate, resident })
  const placement: Placement = { analysis, unit, addressOf: storage.addressOf }
  const functions = storage.kernels.map((kernel, i) =>
    lowerKernel(kernelName(kernel, i), kernel, placement, list.stored, storage.scratchOf(kernel)),
  )
  const streams = options.streams.map(name => streamOf(storage, name))
  const step: LoopFunction = {
    name: 'step',
    params: [],
    returns: false,
    exported: true,
    body: functions.map(f => call(f.name)),
  }
  const guard = storage.outputs.find(p => p.name === options.guard)
  const module: LoopModule = {
    functions: [...functions, step, ...(streams.length === 0 ? [] : [runFunction(streams, guard?.offset)])],
  }
  const kernels = storage.kernels.map((k, i) => report(analysis, k, kernelName(k, i), list.stored))
  return { base, module, storage, streams, kernels }
}

const streamOf = (storage: Storage, name: string): Stream => {
  const port = storage.inputs.find(p => p.name === name)
  if (port === undefined) throw new Error(`no input ${name} to stream`)
  const rows = port.shape[0] ?? 1
  return { ...port, rows, rowBytes: sizeOf(port.shape.slice(1)) * ELEMENT }
}

/** Gather and step, `count` times; stops when the guard is no longer finite. */
const runFunction = (streams: readonly Stream[], guard: number | undefined): LoopFunction => {
  const rows = at(streams, 0).rows
  const body: Stmt[] = [
    ...gather(streams, rows),
    call('step'),
    ...(guard === undefined ? [] : stopUnlessFinite(guard)),
  ]
  return {
    name: 'run',
    params: ['count', 'order', ...streams.map((_, i) => `data${i}`)],
    returns: true,
    exported: true,
    body: [loop('serial', 'done', i32(0), ref('count'), 1, body), return_(ref('count'))],
  }
}

const stopUnlessFinite = (guard: number): Stmt[] => {
  const x = load(reg('f32'), 0, guard)
  return [if_(not(lt(abs(x), Number.POSITIVE_INFINITY)), [return_(ref('done'))])]
}

/** Rows of every data set, by the numbers at `order`, into the stream's ports. */
const gather = (streams: readonly Stream[], rows: number): Stmt[] => {
  const first = add(ref('order'), mul(ref('done'), rows * ELEMENT))
  const row = ref('row')
  const copies = streams.flatMap((stream, i) => {
    const [from, to] = [ref(`from${i}`), ref(`to${i}`)]
    return [
      let_(`from${i}`, add(ref(`data${i}`), mul(ref('number'), stream.rowBytes))),
      let_(`to${i}`, add(mul(row, stream.rowBytes), stream.offset)),
      ...copyRow(from, to, stream.rowBytes, i),
    ]
  })
  const number = let_('number', load(reg('i32'), add(ref('first'), mul(row, ELEMENT))))
  return [let_('first', first), loop('serial', 'row', i32(0), i32(rows), 1, [number, ...copies])]
}

const copyRow = (from: Expr, to: Expr, bytes: number, i: number): Stmt[] => {
  const wide = bytes - (bytes % 16)
  const vector = withLanes(reg('i32'), 4)
  const at16 = ref(`at${i}`)
  const main: Stmt[] =
    wide === 0
      ? []
      : [
          loop('vector', `at${i}`, i32(0), i32(wide), 16, [
            store(add(to, at16), load(vector, add(from, at16))),
          ]),
        ]
  const tail = Array.from({ length: (bytes - wide) / ELEMENT }, (_, t) => {
    const offset = wide + t * ELEMENT
    return store(to, load(reg('i32'), from, offset), offset)
  })
  return [...main, ...tail]
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
