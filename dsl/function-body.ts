/** Functions on nodes as graphs of their own, and as programs: what derivatives and `jit` are made of. */
import { Builder } from '../compiler/ir/build.js'
import type { Program, TensorType, Value } from '../compiler/ir/program.js'
import { bug, userFault } from '../runtime/fault.js'
import { elaborate } from './graph/elaborate.js'
import { operandAt } from './graph/elementwise.js'
import { lower } from './graph/lower.js'
import { type FunctionSite, type GraphFunction, leaf, Node, typed } from './graph/node.js'
import { sizesOf } from './graph/shapes.js'
import { type Leaf, leavesOfTree, NODES, rebuilt } from './trees.js'
import type { Shape } from './types/dims.js'
import type { Sym } from './types/layer.js'
import { show } from './types/wording.js'

/** Any node. */
export type AnySym = Sym<unknown, unknown>

// ---- functions as programs

/**
 * A plain function on nodes as a program. Inputs are called as `names` say, the output `out` or by its key.
 */
export const traceFunction = (
  f: (...args: readonly Node[]) => AnySym | Readonly<Record<string, AnySym>>,
  specs: readonly (TensorType & { readonly name?: string })[],
  name = 'function',
): Program => {
  const b = new Builder(name)
  const leaves = specs.map((spec, i) => leaf(spec.name ?? `x${i}`, spec.shape, spec.dtype))
  const values = new Map(
    leaves.map((node, i) => [node, b.input(specs[i]?.name ?? `x${i}`, typeOf(node))] as const),
  )
  const given = f(...leaves)
  const named = given instanceof Node ? { out: given } : typed<Readonly<Record<string, AnySym>>>(given)
  const names = Object.keys(named)
  const nodes = Object.values(named).flatMap(x => leavesOfTree(name, x, NODES).map(({ value }) => value))
  const graph = elaborate(nodes, { training: false })
  const outputs = lower(graph.outputs, { b, sizes: new Map(), values, sources: graph.sources })
  return b.finish(outputs.map((value, i) => ({ name: names[i] ?? 'out', value })))
}

const typeOf = ({ shape, dtype }: Node): TensorType => ({ shape: sizesOf(shape, new Map()), dtype })

// ---- the graph of a function

/** The graph of a function on fresh parameters. */
export interface FunctionBody {
  /** What the function gave: a node, or a tree of them. */
  readonly result: unknown
  /** The nodes of the result, in order, and where they stand in it. */
  readonly results: readonly Node[]
  readonly leaves: readonly Leaf<Node>[]
  /**
   * Nodes of the types of `likes` for the values that `write` gives about the function, which is applied to `inputs`.
   * It is written once for all of them.
   */
  readonly apply: (inputs: readonly Node[], write: Write, likes: readonly Node[]) => readonly Node[]
}

/** Writes something about a function: values, one for each node that shall stand for one. */
export type Write = (site: FunctionSite) => readonly Value[]

/** The nodes of the arguments of a function, which are nodes or trees of them. */
export const leavesOfArguments = (
  name: string,
  args: readonly unknown[],
): readonly (readonly Leaf<Node>[])[] =>
  args.map((arg, i) => leavesOfTree(`${name}: argument ${i}`, arg, NODES))

/** The same without their places. */
export const nodesOf = (name: string, args: readonly unknown[]): readonly (readonly Node[])[] =>
  leavesOfArguments(name, args).map(leaves => leaves.map(({ value }) => value))

/** Runs f once on fresh parameters; its graph is shared by everything that is asked about it. */
export const bodyOf = (
  name: string,
  f: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
): FunctionBody => {
  const fresh = nodesOf(name, args).map((nodes, i) =>
    nodes.map(({ shape, dtype }) => leaf(`argument ${i}`, shape, dtype)),
  )
  const result = f(...args.map((arg, i) => rebuilt(arg, NODES, fresh[i] ?? [])))
  const leaves = leavesOfTree(`${name}: what the function gives`, result, NODES)
  const results = leaves.map(({ value }) => value)
  const parameters = fresh.flat()
  const apply: FunctionBody['apply'] = (inputs, write, likes) => {
    const shared = once(write)
    return likes.map((like, i) => {
      const emit = (site: FunctionSite): Value => operandAt(shared(site), i)
      const fn: GraphFunction = { name, parameters, results, emit }
      return new Node({ kind: 'function', fn }, inputs, like.shape, like.dtype)
    })
  }
  return { result, results, leaves, apply }
}

/** What `write` gave at the same site before: all nodes of one function share what is written. */
const once = (write: Write): Write => {
  const known = new WeakMap<Builder, { readonly site: FunctionSite; readonly values: readonly Value[] }[]>()
  return site => {
    const sites = known.get(site.b) ?? []
    known.set(site.b, sites)
    const found = sites.find(other => sameSite(other.site, site))
    if (found !== undefined) return found.values
    const values = write(site)
    sites.push({ site, values })
    return values
  }
}

const sameSite = (a: FunctionSite, b: FunctionSite): boolean =>
  same(a.operands, b.operands) &&
  same([...a.free.keys()], [...b.free.keys()]) &&
  same([...a.free.values()], [...b.free.values()]) &&
  same(a.fn.results, b.fn.results)

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i])

/** The program parameters, then free leaves -> results. */
export const programOf = (site: FunctionSite): Program => {
  const { b, fn, operands, free } = site
  const types = new Map<Node, TensorType>()
  fn.parameters.forEach((node, i) => void types.set(node, b.typeOf(operandAt(operands, i))))
  for (const [node, value] of free) types.set(node, b.typeOf(value))
  return subprogram(fn.name, site, types, [...fn.parameters, ...free.keys()], fn.results)
}

/** The values of a function's parameters and free leaves. */
export const argsOf = ({ fn, operands, free }: FunctionSite): readonly Value[] => [
  ...operands.slice(0, fn.parameters.length),
  ...free.values(),
]

/** Writes a function as one equation that holds it: `write` gets its program and the program's arguments. */
export const emitCall =
  (write: (b: Builder, program: Program, args: readonly Value[]) => Value): GraphFunction['emit'] =>
  site =>
    write(site.b, programOf(site), argsOf(site))

/** The function's own results. */
export const writeResults: Write = site => site.b.inline(programOf(site), argsOf(site))

/** The graph from `from` to `to` as a program of its own. */
export const subprogram = (
  name: string,
  { sizes, sources }: FunctionSite,
  types: ReadonlyMap<Node, TensorType>,
  from: readonly Node[],
  to: readonly Node[],
): Program => {
  const b = new Builder(name)
  const values = new Map<Node, Value>()
  for (const [i, node] of from.entries()) {
    const type = types.get(node)
    if (type === undefined) throw bug(`${name}: input ${i} has no type`)
    values.set(node, b.input(`x${i}`, type))
  }
  const outputs = lower(to, { b, sizes, values, ...(sources === undefined ? {} : { sources }) })
  return b.finish(outputs.map((value, i) => ({ name: `out${i}`, value })))
}

// ---- checks

/** Whether a node can have a derivative. */
export const isReal = ({ dtype }: Node): boolean => dtype === 'f32' || dtype === 'f64'

/** e.g. `f32[3]`. */
export const showNode = ({ dtype, shape }: Node): string => `${dtype}${show(shape)}`

/** `x`, when it has the shape and dtype of `like`. */
export const alike = (op: string, x: Node, like: Node): Node => {
  const equal = (a: Shape, b: Shape) => a.length === b.length && a.every((d, i) => d === b[i])
  if (x.dtype === like.dtype && equal(x.shape, like.shape)) return x
  throw userFault('shape-mismatch', `${op}: received ${showNode(x)} for a value ${showNode(like)}`)
}
