/** A function with a derivative of your own. */
import { customVjpCall } from '../compiler/families/programs.js'
import type { Value } from '../compiler/ir/program.js'
import { userFault } from '../runtime/fault.js'
import { type AnySym, alike, subprogram } from './function-body.js'
import { operandAt } from './graph/elementwise.js'
import { type FunctionSite, type GraphFunction, leaf, Node, nodeOf, typed } from './graph/node.js'
import type { Sym } from './types/layer.js'

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

/**
 * A function with a derivative of your own: JAX's `custom_vjp`. `forward` gives the value and what the
 * derivative keeps, `backward` maps that and the cotangent of the value to one cotangent for each argument.
 * Fails with a fault if the function uses a node that is not an argument, or the number of cotangents is
 * wrong.
 *
 * @example
 * ```ts
 * import { clip, customVjp, grad, jit, round, sum, type Sym, tensor, unwrap } from 'densor'
 *
 * // rounds, but passes the gradient on as if it did not
 * const straight = customVjp((x: Sym<[2]>) => round(x), {
 *   forward: x => ({ output: round(x), residuals: [] }),
 *   backward: (_, bar) => [clip(bar, -1, 1)],
 * })
 * const slope = jit(grad((x: Sym<[2]>) => sum(straight(x))))
 * console.log(await slope(unwrap(tensor([2], [0.4, 1.6])))) // [1, 1]
 * ```
 */
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
  return customVjpCall(b, operands, { primal, forward, backward })
}
