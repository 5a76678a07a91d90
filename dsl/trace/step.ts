/** Step programs: one batch of training, of evaluation, of prediction, as one program each. */
import { Builder } from '../../compiler/ir/build.js'
import type { Program, Value } from '../../compiler/ir/program.js'
import type { DType } from '../../runtime/dtype.js'
import { sizeOf } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { PlacedLayer } from '../graph/elaborate.js'
import { lower } from '../graph/lower.js'
import type { Node } from '../graph/node.js'
import { sizesOf } from '../graph/shapes.js'
import {
  type Forward,
  forward,
  type ModelTrace,
  type NamedNode,
  type Objective,
  type Objectives,
  objectives,
} from './forward.js'
import type { WeightLayout } from './layout.js'

/** A program that is run once a batch, and how its inputs and outputs belong together. */
export interface StepProgram {
  readonly program: Program
  /** Outputs that take the place of an input. */
  readonly donate: readonly (readonly [output: string, input: string])[]
  /** Inputs that are filled batch by batch. */
  readonly streams: readonly string[]
  /** Inputs that stay as they are while it is run again and again. */
  readonly fixed: readonly string[]
  /** The output that must stay finite. */
  readonly guard?: string
  readonly layout: WeightLayout
  /** The metrics whose (sum, count) follow the loss's in `totals`. */
  readonly metrics: readonly string[]
  /** The layers as they were put in place, outermost first, with symbolic output shapes. */
  readonly layers: readonly PlacedLayer[]
  /** What is likely wrong though it runs, a sentence each. */
  readonly advice?: readonly string[]
}

/** Sizes of all symbols of a model that is traced. */
export const symbolSizes = ({ batch, sizes = {} }: ModelTrace): ReadonlyMap<string, number> =>
  new Map([...Object.entries(sizes), ['N', batch]])

/** A builder with the inputs of a step; later parts look their nodes' values up in `values`. */
export interface Site {
  readonly b: Builder
  readonly sizes: ReadonlyMap<string, number>
  readonly values: Map<Node, Value>
  readonly ports: Map<string, Value>
}

export const siteOf = (name: string, trace: ModelTrace): Site => ({
  b: new Builder(name),
  sizes: symbolSizes(trace),
  values: new Map(),
  ports: new Map(),
})

/** A new input port. */
export const inputPort = (
  { b, ports }: Site,
  name: string,
  shape: readonly number[],
  dtype: DType = 'f32',
): Value => {
  const value = b.input(name, { shape, dtype })
  ports.set(name, value)
  return value
}

/** An input port for a node. */
export const inputNode = (site: Site, { name, node }: NamedNode): void => {
  site.values.set(node, inputPort(site, name, sizesOf(node.shape, site.sizes), node.dtype))
}

/** The names of the vectors that weights lie in. */
const weightVectors: readonly string[] = ['params', 'state']

/** Ports for the vectors that weights lie in. */
export const inputVectors = (site: Site, { params, state }: WeightLayout): void => {
  if (params > 0) inputPort(site, 'params', [params])
  if (state > 0) inputPort(site, 'state', [state])
}

/** The value of a port of this site. */
export const portOf = ({ ports }: Site, name: string): Value => present(ports.get(name), `port ${name}`)

/** `value`; that it is there is an invariant of the trace. */
export const present = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw bug(`trace: there is no ${what}`)
  return value
}

/** Elements `offset` to `offset + size` of a vector, in a shape. */
export const pieceOf = (b: Builder, vector: Value, offset: number, shape: readonly number[]): Value =>
  b.reshape(b.slice(vector, [offset], [offset + sizeOf(shape)]), shape)

/** Binds every weight to its piece of the vectors. */
export const bindWeights = (site: Site, { elaborated, layout }: Forward): void => {
  for (const [i, { node }] of elaborated.weights.entries()) {
    const spec = layout.weights[i]
    if (spec === undefined) continue
    const vector = portOf(site, spec.trainable ? 'params' : 'state')
    const piece = site.b.withSource(spec.path.slice(0, -1).join('/'), () =>
      pieceOf(site.b, vector, spec.offset, spec.shape),
    )
    site.values.set(node, piece)
  }
}

/** Writes nodes that belong to no layer under a label of their own. */
export const lowerAs = (site: Site, label: string, roots: readonly Node[]): Value[] =>
  site.b.withSource(label, () => lower(roots, { b: site.b, sizes: site.sizes, values: site.values }))

/** Writes a model's outputs, each equation under the label of its layer. */
export const lowerModel = (site: Site, { elaborated, outputs }: Forward): Value[] =>
  lower(
    outputs.map(output => output.node),
    { b: site.b, sizes: site.sizes, values: site.values, sources: elaborated.sources },
  )

/** Ports of the running sums: [loss · batch, batch, sum, count, ...], and what these have lost to rounding so far. */
export const inputTotals = (site: Site, goal: Objectives): void => {
  for (const name of TOTALS) inputPort(site, name, [totalsSize(goal)])
}

/** The names of the running sums. */
export const TOTALS = ['totals', 'lost'] as const

/**
 * The running sums after a batch. What an addition loses is kept beside the sum, so that a mean over ten million steps
 * has 14 digits, in f32 alone.
 */
export const addTotals = (
  site: Site,
  batch: number,
  loss: Value,
  sums: readonly Value[],
): readonly (readonly [name: string, value: Value])[] => {
  const { b } = site
  return b.withSource('metrics', () => {
    const size = b.scalar(batch)
    const parts = [b.multiply(loss, size), size, ...sums].map(part => b.reshape(part, [1]))
    const x = b.concatenate(parts, 0)
    const [totals, lost] = [portOf(site, 'totals'), portOf(site, 'lost')]
    // Knuth's two-sum: `sum` and `error` are together exactly what was added, whichever of the two is larger.
    const sum = b.add(totals, x)
    const added = b.subtract(sum, totals)
    const error = b.add(b.subtract(totals, b.subtract(sum, added)), b.subtract(x, added))
    // As much of what was lost as the sum can hold goes into it, so that the rest stays small and exact.
    const left = b.add(lost, error)
    // Beside an infinite sum there is no rest: it would be NaN, and make the sum NaN.
    const rest = b.select(b.compare('EQ', left, left), left, b.fullLike(left, 0))
    const next = b.add(sum, rest)
    return [
      ['totals', next],
      ['lost', b.subtract(rest, b.subtract(next, sum))],
    ]
  })
}

/** The number of elements of `totals`. */
export const totalsSize = ({ metrics }: Objectives): number => 2 + 2 * metrics.length

/** One batch of evaluation: params, state, totals, lost, streams -> totals, lost, loss. */
export const traceEvaluateStep = (trace: ModelTrace, objective: Objective): StepProgram => {
  const model = forward(trace, false)
  const goal = objectives(model, objective)
  const site = siteOf('evaluateStep', trace)
  inputVectors(site, model.layout)
  inputTotals(site, goal)
  const streams = inputStreams(site, model, goal)
  bindWeights(site, model)
  lowerModel(site, model)
  const { b } = site
  const loss = present(lowerAs(site, 'loss', [goal.loss])[0], 'loss')
  const sums = lowerAs(
    site,
    'metrics',
    goal.metrics.flatMap(metric => [metric.sum, metric.count]),
  )
  const next = addTotals(site, trace.batch, loss, sums)
  const ports = [...next, ['loss', loss] as const].map(([name, value]) => ({ name, value }))
  const program = b.finish(ports)
  const donate = TOTALS.map(name => [name, name] as const)
  return { program, donate, streams, fixed: weightVectors, ...about(model, goal) }
}

/** 0 where all elements of these inputs are finite, else NaN: the sum of x · 0. */
const finiteness = (site: Site, inputs: readonly string[]): Value =>
  site.b.withSource('input', () => {
    const { b } = site
    const sums = inputs.map(name => {
      const x = portOf(site, name)
      return b.reduce('add', b.multiply(x, b.fullLike(x, 0)), [...b.shapeOf(x).keys()])
    })
    return sums.reduce((x, y) => b.add(x, y), b.scalar(0))
  })

/**
 * One batch of prediction: params, state, streams -> out. Where it is `checked`, also its guard `finite`, a number only
 * if all of the streams are.
 */
export const tracePredict = (trace: ModelTrace, { checked = false } = {}): StepProgram => {
  const model = forward(trace, false)
  const site = siteOf('predict', trace)
  inputVectors(site, model.layout)
  for (const x of model.inputs) inputNode(site, x)
  bindWeights(site, model)
  const values = lowerModel(site, model)
  const ports = model.outputs.map(({ name }, i) => ({ name, value: present(values[i], name) }))
  const streams = model.inputs.map(x => x.name)
  const shared = { donate: [], streams, fixed: weightVectors, ...about(model) }
  if (!checked) return { program: site.b.finish(ports), ...shared }
  const guard = { name: 'finite', value: finiteness(site, streams) }
  return { program: site.b.finish([...ports, guard]), guard: guard.name, ...shared }
}

/** Ports for a batch: the inputs, the targets, the weights of the samples. */
export const inputStreams = (site: Site, model: Forward, goal: Objectives): readonly string[] => {
  const streams = [...model.inputs, ...goal.targets, ...goal.weights]
  for (const stream of streams) inputNode(site, stream)
  return streams.map(stream => stream.name)
}

/** What every step program says of its model. */
export const about = ({ layout, elaborated }: Forward, goal?: Objectives) => ({
  layout,
  layers: elaborated.layers,
  metrics: goal?.metrics.map(metric => metric.name) ?? [],
  advice: goal?.advice ?? [],
})
