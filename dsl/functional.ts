/**
 * Differentiation of functions on nodes. The results are functions on nodes again, so everything composes.
 * An argument is a node, or a record or list of such arguments: the weights of a model, say.
 */
import { pushforward } from '../compiler/autodiff/jvp.js'
import { pullback } from '../compiler/autodiff/vjp.js'
import { userFault } from '../runtime/fault.js'
import {
  alike,
  argsOf,
  bodyOf,
  isReal,
  nodesOf,
  programOf,
  showNode,
  type Write,
  writeResults,
} from './function-body.js'
import { type Node, typed } from './graph/node.js'
import { type Leaf, leavesAt, leavesOfTree, NODES, rebuilt, shown } from './trees.js'
import type { Sym } from './types/layer.js'
import type { AlsoFrom, EntriesOfTree, NodeTree } from './types/trees.js'

/** A function's value and its derivative by the first argument. */
export type ValueAndGrad<Value, Grad> = {
  readonly value: Value
  readonly grad: Grad
}

/** What can be differentiated: a scalar, or a list that begins with one; the others are carried along. */
export type ScalarFirst = Sym<[], unknown> | readonly [Sym<[], unknown>, ...(readonly NodeTree[])]

// ---- reverse mode

/**
 * The derivative of a scalar function by its first argument, as a function of the same arguments: JAX's
 * `grad`. If the argument is a record or list of nodes, such as a model's weights, so is the derivative.
 * Fails with a fault if the function does not give a scalar f32.
 *
 * @example
 * ```ts
 * import { grad, jit, square, sum, type Sym, tensor, unwrap } from 'densor'
 *
 * const slope = jit(grad((x: Sym<[3]>) => sum(square(x))))
 * console.log(await slope(unwrap(tensor([3], [1, 2, 3])))) // [2, 4, 6]
 * ```
 */
export const grad =
  <X, Rest extends readonly unknown[], Q>(f: (x: X, ...rest: Rest) => Sym<[], Q>) =>
  (x: X, ...rest: Rest): AlsoFrom<X, Q> =>
    typed(derived(f, [x, ...rest]).grad)

/**
 * A scalar function's value and its derivative by the first argument, computed together: JAX's
 * `value_and_grad`. If the function gives a list, its first element is differentiated, and `value` is the
 * list.
 *
 * @example
 * ```ts
 * import { jit, square, sum, type Sym, tensor, unwrap, valueAndGrad } from 'densor'
 *
 * const both = jit(valueAndGrad((x: Sym<[3]>) => sum(square(x))))
 * const { value, grad } = await both(unwrap(tensor([3], [1, 2, 3])))
 * console.log(value, grad) // 14 and [2, 4, 6]
 * ```
 */
export const valueAndGrad =
  <X, Rest extends readonly unknown[], const Out extends ScalarFirst>(f: (x: X, ...rest: Rest) => Out) =>
  (x: X, ...rest: Rest): ValueAndGrad<Out, AlsoFrom<X, EntriesOfTree<Out>>> =>
    typed(derived(f, [x, ...rest]))

const derived = (f: unknown, args: readonly unknown[]): ValueAndGrad<unknown, unknown> => {
  const [first = [], ...rest] = nodesOf('grad', args)
  const stranger = first.find(x => !isReal(x))
  if (stranger !== undefined) throw notReal('grad', stranger)
  const body = bodyOf('grad', typed(f), args)
  const [loss] = body.results
  const leading: unknown = Array.isArray(body.result) ? body.result[0] : body.result
  if (loss === undefined || loss !== leading || loss.shape.length > 0 || !isReal(loss)) {
    throw userFault(
      'not-a-scalar',
      `grad: the function gives ${showAll(body.results)}, expected a scalar f32`,
      {
        suggestion: 'Sum or average what it returns, or use vjp.',
      },
    )
  }
  const nodes = [...first, ...rest.flat()]
  const write: Write = site => {
    const { b } = site
    const { pull } = pullback(b, programOf(site), argsOf(site), [...first.keys()])
    return pull([b.scalar(1, loss.dtype)])
  }
  return {
    value: rebuilt(body.result, NODES, body.apply(nodes, writeResults, body.results)),
    grad: rebuilt(args[0], NODES, body.apply(nodes, write, first)),
  }
}

/**
 * A function's value, and the map from a cotangent of it to those of the arguments: JAX's `vjp`, the product
 * of a vector and the Jacobian, in reverse mode.
 *
 * @example
 * ```ts
 * import { jit, square, type Sym, tensor, unwrap, vjp } from 'densor'
 *
 * const pulled = jit((x: Sym<[2]>, bar: Sym<[2]>) => {
 *   const [, pull] = vjp((y: Sym<[2]>) => square(y), x)
 *   return pull(bar)[0]
 * })
 * console.log(await pulled(unwrap(tensor([2], [3, 4])), unwrap(tensor([2], [1, 0])))) // [6, 0]
 * ```
 */
export const vjp = <Args extends readonly unknown[], Out extends NodeTree>(
  f: (...args: Args) => Out,
  ...given: Args
): readonly [Out, (cotangent: AlsoFrom<Out, unknown>) => Args] => typed(vjpOf(typed(f), given))

const vjpOf = (
  f: (...args: readonly unknown[]) => unknown,
  given: readonly unknown[],
): readonly [unknown, (cotangent: unknown) => unknown] => {
  const args = nodesOf('vjp', given).flat()
  const stranger = args.find(arg => !isReal(arg))
  if (stranger !== undefined) throw notReal('vjp', stranger)
  const body = bodyOf('vjp', f, given)
  const every = [...args.keys()]
  const write: Write = site => {
    const back = pullback(site.b, programOf(site), argsOf(site), every)
    return back.pull(site.operands.slice(args.length))
  }
  const pull = (cotangent: unknown): unknown => {
    const bars = alikeAll('vjp: the cotangent', cotangent, body.leaves)
    return rebuilt(given, NODES, body.apply([...args, ...bars], write, args))
  }
  return [rebuilt(body.result, NODES, body.apply(args, writeResults, body.results)), pull]
}

// ---- forward mode

/**
 * A function's value at `args`, and how it changes if the arguments change by `tangents`: JAX's `jvp`, the
 * product of the Jacobian and a vector, in forward mode.
 *
 * @example
 * ```ts
 * import { jit, jvp, square, type Sym, tensor, unwrap } from 'densor'
 *
 * const moved = jit((x: Sym<[2]>, dx: Sym<[2]>) => jvp((y: Sym<[2]>) => square(y), [x], [dx])[1])
 * console.log(await moved(unwrap(tensor([2], [3, 4])), unwrap(tensor([2], [1, 0])))) // [6, 0]
 * ```
 */
export const jvp = <Args extends readonly unknown[], Out extends NodeTree>(
  f: (...args: Args) => Out,
  args: Args,
  tangents: NoInfer<Args>,
): readonly [Out, Out] => typed(jvpOf(typed(f), args, tangents))

const jvpOf = (
  f: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  tangents: readonly unknown[],
): readonly [unknown, unknown] => {
  const leaves = leavesOfTree('jvp: the arguments', args, NODES)
  const nodes = leaves.map(({ value }) => value)
  const body = bodyOf('jvp', f, args)
  const dots = alikeAll('jvp: the tangents', tangents, leaves)
  const stranger = body.results.find(result => !isReal(result))
  if (stranger !== undefined) throw notReal('jvp', stranger)
  const write: Write = site => {
    const moving = site.operands.slice(nodes.length)
    const { outputs, tangents: moved } = pushforward(site.b, programOf(site), argsOf(site), moving)
    return outputs.map((output, i) => moved[i] ?? site.b.fullLike(output, 0))
  }
  return [
    rebuilt(body.result, NODES, body.apply(nodes, writeResults, body.results)),
    rebuilt(body.result, NODES, body.apply([...nodes, ...dots], write, body.results)),
  ]
}

// ---- checks

/** The nodes of a tree, one for each of `likes`, each of its type. */
const alikeAll = (what: string, tree: unknown, likes: readonly Leaf<Node>[]): readonly Node[] => {
  const paths = likes.map(({ path }) => path)
  return leavesAt(what, tree, NODES, paths).map((node, i) => {
    const like = likes[i]
    return like === undefined ? node : alike(`${what}: ${shown(like.path)}`, node, like.value)
  })
}

const showAll = (nodes: readonly Node[]): string =>
  nodes.length === 0 ? 'nothing' : nodes.map(showNode).join(', ')

const notReal = (op: string, node: Node) =>
  userFault('wrong-dtype', `${op}: ${showNode(node)} has no derivative, expected f32`)
