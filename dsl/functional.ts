/**
 * Differentiation of functions on nodes. The results are functions on nodes again, so everything composes.
 */
import { pushforward } from '../compiler/autodiff/jvp.js'
import { pullback } from '../compiler/autodiff/vjp.js'
import { Builder } from '../compiler/ir/build.js'
import type { Program, TensorType, Value } from '../compiler/ir/program.js'
import { bug, userFault } from '../runtime/fault.js'
import { elaborate } from './graph/elaborate.js'
import { operandAt } from './graph/elementwise.js'
import { lower } from './graph/lower.js'
import { type FunctionSite, type GraphFunction, leaf, Node, nodeOf, typed } from './graph/node.js'
import { sizesOf } from './graph/shapes.js'
import type { Shape } from './types/dims.js'
import type { Sym } from './types/layer.js'
import { show } from './types/wording.js'

/** Any node. */
export type AnySym = Sym<unknown, unknown>

/** A function's value and its derivative by the first argument. */
export interface ValueAndGrad<Value, Grad> {
  readonly value: Value
  readonly grad: Grad
}

// ---- reverse mode

/** The derivative of a scalar function by its first argument, as a function of the same arguments. */
export const grad =
  <S, P, Rest extends readonly AnySym[], Q>(f: (x: Sym<S, P>, ...rest: Rest) => Sym<[], Q>) =>
  (x: Sym<S, P>, ...rest: Rest): Sym<S, P | Q> =>
    valueAndGrad(f)(x, ...rest).grad

/** A scalar function and its derivative by the first argument, computed together. */
export const valueAndGrad =
  <S, P, Rest extends readonly AnySym[], Q>(f: (x: Sym<S, P>, ...rest: Rest) => Sym<[], Q>) =>
  (x: Sym<S, P>, ...rest: Rest): ValueAndGrad<Sym<[], Q>, Sym<S, P | Q>> => {
    const args = [x, ...rest].map(arg => nodeOf(arg, 'grad'))
    const body = bodyOf('grad', typed(f), args)
    const { result } = body
    if (result.shape.length > 0 || !isReal(result)) {
      throw userFault('not-a-scalar', `grad: the function gives ${showNode(result)}, expected a scalar f32`, {
        suggestion: 'Sum or average what it returns, or use vjp.',
      })
    }
    const [first = result] = args
    if (!isReal(first)) throw notReal('grad', first)
    const emit = (site: FunctionSite): Value => {
      const { pull } = pullback(site.b, programOf(site), argsOf(site), [0])
      return operandAt(pull([site.b.scalar(1, result.dtype)]), 0)
    }
    return {
      value: typed(body.apply(args, emitValue, result)),
      grad: typed(body.apply(args, emit, first)),
    }
  }

/** A function's value, and the map from a cotangent of it to the cotangents of the arguments. */
export const vjp = <Args extends readonly AnySym[], S, Q>(
  f: (...args: Args) => Sym<S, Q>,
  ...given: Args
): readonly [Sym<S, Q>, (cotangent: Sym<S, unknown>) => Args] => {
  const args = given.map(arg => nodeOf(arg, 'vjp'))
  const stranger = args.find(arg => !isReal(arg))
  if (stranger !== undefined) throw notReal('vjp', stranger)
  const body = bodyOf('vjp', typed(f), args)
  const every = args.map((_, i) => i)
  const pull = (cotangent: Sym<S, unknown>): Args => {
    const bar = alike('vjp', nodeOf(cotangent, 'vjp'), body.result)
    const bars = args.map((arg, i) => {
      const emit = (site: FunctionSite): Value => {
        const back = pullback(site.b, programOf(site), argsOf(site), every)
        return operandAt(back.pull([operandAt(site.operands, -1)]), i)
      }
      return body.apply([...args, bar], emit, arg)
    })
    return typed(bars)
  }
  return [typed(body.apply(args, emitValue, body.result)), pull]
}

// ---- forward mode

/** A function's value at `args`, and how it moves when the arguments move by `tangents`. */
export const jvp = <Args extends readonly AnySym[], S, Q>(
  f: (...args: Args) => Sym<S, Q>,
  args: Args,
  tangents: Args,
): readonly [Sym<S, Q>, Sym<S, Q>] => {
  const nodes = args.map(arg => nodeOf(arg, 'jvp'))
  const body = bodyOf('jvp', typed(f), nodes)
  const dots = nodes.map((node, i) => alike('jvp', nodeOf(tangents[i], 'jvp'), node))
  const emit = (site: FunctionSite): Value => {
    const program = programOf(site)
    const moving = site.operands.slice(nodes.length)
    const { outputs, tangents: moved } = pushforward(site.b, program, argsOf(site), moving)
    return moved[0] ?? site.b.fullLike(operandAt(outputs, 0), 0)
  }
  const { result } = body
  if (!isReal(result)) throw notReal('jvp', result)
  return [typed(body.apply(nodes, emitValue, result)), typed(body.apply([...nodes, ...dots], emit, result))]
}

// ---- a derivative of the user's own

/** What a function with a derivative of its own is given by. */
export interface CustomDerivative<Args extends readonly AnySym[], S, Kept extends readonly AnySym[]> {
  /** The function's value, and what its derivative needs to keep. */
  readonly forward: (...args: Args) => { readonly output: Sym<S, unknown>; readonly residuals: Kept }
  /** The cotangents of the arguments, from what was kept and the cotangent of the output. */
  readonly backward: (residuals: Kept, cotangent: Sym<S>) => CotangentsOf<Args>
}

/** One node for each argument, of its shape. */
export type CotangentsOf<Args> = {
  readonly [K in keyof Args]: Args[K] extends Sym<infer S, unknown> ? Sym<S, unknown> : never
}

/** The function `f` with a derivative of the user's own; its graph may use nothing but its arguments. */
export const customVjp =
  <Args extends readonly AnySym[], S, Q, const Kept extends readonly AnySym[]>(
    f: (...args: Args) => Sym<S, Q>,
    derivative: CustomDerivative<NoInfer<Args>, S, Kept>,
  ) =>
  (...given: Args): Sym<S, Q> => {
    const args = given.map(arg => nodeOf(arg, 'customVjp'))
    const inputs = args.map((arg, i) => leaf(`argument ${i}`, arg.shape, arg.dtype))
    const output = nodeOf(f(...typed<Args>(inputs)), 'customVjp')
    const forward = derivative.forward(...typed<Args>(inputs))
    const kept = forward.residuals.map(x => nodeOf(x, 'customVjp'))
    const residuals = kept.map((x, i) => leaf(`residual ${i}`, x.shape, x.dtype))
    const bar = leaf('cotangent', output.shape, output.dtype)
    const bars = typed<readonly unknown[]>(derivative.backward(typed(residuals), typed(bar))).map((x, i) =>
      alike('customVjp', nodeOf(x, 'customVjp'), args[i] ?? bar),
    )
    if (bars.length !== args.length) {
      throw userFault(
        'wrong-cotangents',
        `customVjp: ${args.length} arguments, but ${bars.length} cotangents`,
      )
    }
    const results = [output, alike('customVjp', nodeOf(forward.output), output), ...kept, ...bars]
    const parameters = [...inputs, ...residuals, bar]
    const emit = (site: FunctionSite): Value => emitCustom(site, args.length, kept.length)
    const fn: GraphFunction = { name: 'customVjp', parameters, results, emit }
    return typed(new Node({ kind: 'function', fn }, args, output.shape, output.dtype))
  }

const emitCustom = (site: FunctionSite, args: number, kept: number): Value => {
  const { b, fn, operands } = site
  if (site.free.size > 0) {
    throw userFault('closed-over', 'customVjp: the function uses a node from outside', {
      suggestion: 'Pass that node as an argument.',
    })
  }
  const inputs = fn.parameters.slice(0, args)
  const types = new Map(inputs.map((node, i) => [node, b.typeOf(operandAt(operands, i))] as const))
  const write = (name: string, from: readonly Node[], to: readonly Node[]) =>
    subprogram(name, site, types, from, to)
  const primal = write('primal', inputs, fn.results.slice(0, 1))
  const forward = write('forward', inputs, fn.results.slice(1, 2 + kept))
  const rest = fn.parameters.slice(args)
  forward.outputs.forEach(({ value }, i) => {
    const node = i === 0 ? rest.at(-1) : rest[i - 1]
    const type = forward.types[value]
    if (node !== undefined && type !== undefined) types.set(node, type)
  })
  const backward = write('backward', rest, fn.results.slice(2 + kept))
  return b.emit('custom_vjp_call', operands, { primal, forward, backward })
}

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
  const graph = elaborate(
    Object.values(named).map(x => nodeOf(x, name)),
    { training: false },
  )
  const outputs = lower(graph.outputs, { b, sizes: new Map(), values, sources: graph.sources })
  return b.finish(outputs.map((value, i) => ({ name: names[i] ?? 'out', value })))
}

const typeOf = ({ shape, dtype }: Node): TensorType => ({ shape: sizesOf(shape, new Map()), dtype })

// ---- the graph of a function

/** The graph of a function on fresh parameters. */
export interface FunctionBody {
  readonly result: Node
  /** A node of the type of `like` that writes something about the function, applied to `inputs`. */
  readonly apply: (inputs: readonly Node[], emit: GraphFunction['emit'], like: Node) => Node
}

/** Runs f once on fresh parameters; its graph is shared by everything that is asked about it. */
export const bodyOf = (
  name: string,
  f: (...args: readonly Node[]) => unknown,
  args: readonly Node[],
): FunctionBody => {
  const parameters = args.map((arg, i) => leaf(`argument ${i}`, arg.shape, arg.dtype))
  const result = nodeOf(f(...parameters), name)
  const apply: FunctionBody['apply'] = (inputs, emit, like) => {
    const fn: GraphFunction = { name, parameters, results: [result], emit }
    return new Node({ kind: 'function', fn }, inputs, like.shape, like.dtype)
  }
  return { result, apply }
}

/** The program parameters, then free leaves -> results. */
const programOf = (site: FunctionSite): Program => {
  const { b, fn, operands, free } = site
  const types = new Map<Node, TensorType>()
  fn.parameters.forEach((node, i) => void types.set(node, b.typeOf(operandAt(operands, i))))
  for (const [node, value] of free) types.set(node, b.typeOf(value))
  return subprogram(fn.name, site, types, [...fn.parameters, ...free.keys()], fn.results)
}

/** The values of a function's parameters and free leaves. */
const argsOf = ({ fn, operands, free }: FunctionSite): readonly Value[] => [
  ...operands.slice(0, fn.parameters.length),
  ...free.values(),
]

/** Writes a function as one equation that holds it: `write` gets its program and the program's arguments. */
export const emitCall =
  (write: (b: Builder, program: Program, args: readonly Value[]) => Value): GraphFunction['emit'] =>
  site =>
    write(site.b, programOf(site), argsOf(site))

const emitValue = (site: FunctionSite): Value => operandAt(site.b.inline(programOf(site), argsOf(site)), 0)

const subprogram = (
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

const isReal = ({ dtype }: Node): boolean => dtype === 'f32' || dtype === 'f64'

const showNode = ({ dtype, shape }: Node): string => `${dtype}${show(shape)}`

const notReal = (op: string, node: Node) =>
  userFault('wrong-dtype', `${op}: ${showNode(node)} has no derivative, expected f32`)

/** `x`, when it has the shape and dtype of `like`. */
const alike = (op: string, x: Node, like: Node): Node => {
  const same = (a: Shape, b: Shape) => a.length === b.length && a.every((d, i) => d === b[i])
  if (x.dtype === like.dtype && same(x.shape, like.shape)) return x
  throw userFault('shape-mismatch', `${op}: received ${showNode(x)} for a value ${showNode(like)}`)
}
