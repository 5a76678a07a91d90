import type * as E from 'fp-ts/lib/Either.js'
import { compileProgram, loadPlan, type Target } from '../compiler/compile.js'
import { checkOptions, checkValue, type Domain, type Domains } from '../dsl/domains.js'
import { traceFunction } from '../dsl/function-body.js'
import type { Node } from '../dsl/graph/node.js'
import { type Leaf, type LeafKind, leavesAt, leavesOfTree, NODES, rebuilt } from '../dsl/trees.js'
import type { AnyTensor } from '../dsl/types/layer.js'
import type { NodeTree, TensorsFor, TensorsOf } from '../dsl/types/trees.js'
import { Arena } from '../runtime/arena.js'
import type { Executable } from '../runtime/executable.js'
import { type Fault, userFault } from '../runtime/fault.js'
import { checkTensor, flawOf } from './data/checks.js'
import { isTensor } from './data/elements.js'
import { tensorOf } from './data/tensor.js'
import { attempt } from './errors.js'
import { type InPlace, tensorInPlace } from './in-place.js'
import { Recent } from './recent.js'
import { TARGETS } from './targets.js'
import { type Task, taskOf } from './task.js'

/** The tensors that a compiled function takes: for each argument a tensor, or a record or list of tensors. */
export type ArgumentsFor<Args extends readonly unknown[]> = {
  readonly [K in keyof Args]: TensorsFor<Args[K]>
}

/** A function compiled for tensors of certain shapes: it runs at once, without a promise. */
export type Compiled<Args extends readonly unknown[], Out> = (
  ...tensors: ArgumentsFor<Args>
) => E.Either<Fault, TensorsOf<Out>>

/** Options of `jit`. */
export interface JitOptions {
  /** What the function is compiled to. Default: 'wasm'. */
  readonly target?: Target
}

const JIT: Domains<JitOptions> = { target: TARGETS }

const aFunction: Domain = x => (typeof x === 'function' ? undefined : 'a function on nodes')

/**
 * Compiles a plain function on nodes to a function on tensors. It is traced and compiled at the first call
 * for each list of shapes, and gives a task. Its `compile` gives a function that runs at once, and its
 * `inPlace` one whose arguments and results stay in one memory, so that a call copies nothing. A call fails
 * with a user fault if the function cannot be traced, or if an argument is not a tensor.
 *
 * @example
 * ```ts
 * import { grad, jit, mul, type Sym, sum, tensor, unwrap } from 'densor'
 *
 * const slope = jit(grad((x: Sym<[3]>) => sum(mul(x, x))))
 * const dx = await slope(unwrap(tensor([3], [1, 2, 3]))) // Tensor<[3]>
 * console.log(dx.data) // 2, 4, 6
 * ```
 */
export const jit = <const Args extends readonly unknown[], const Out extends NodeTree>(
  f: (...args: Args) => Out,
  options: JitOptions = {},
): Jitted<Args, Out> => {
  checkValue('jit', 'the first argument', aFunction, f)
  checkOptions('jit', JIT, options)
  const { target = 'wasm' } = options
  const plans = new Recent<Promise<Prepared>>(SHAPES_KEPT)
  const prepared = (given: Arguments): Promise<Prepared> => {
    const key = JSON.stringify(given.leaves.map(({ path, value }) => [path, value.dtype, value.dims]))
    // A function that could not be traced is tried again, so that its fault is told each time.
    return plans.get(key, () => prepare(f, given, target))
  }
  const call = (...tensors: readonly unknown[]) =>
    taskOf('jit', async () => {
      const given = argumentsOf(f, tensors)
      return execute(await prepared(given), tensors)
    })
  const compile = (...like: readonly unknown[]) =>
    taskOf('compile', async () => {
      const ready = await prepared(argumentsOf(f, like))
      return (...tensors: readonly unknown[]) => attempt(() => execute(ready, tensors))
    })
  const inPlace = (...like: readonly unknown[]) =>
    taskOf('inPlace', async () => {
      const given = argumentsOf(f, like)
      // not the one that `compile` shares among its callers: this memory is given away
      return inPlaceOf(await prepare(f, given, target), given)
    })
  return typed(Object.assign(call, { compile, inPlace }))
}

/** The result of `jit`: a function on tensors that gives a task. */
export interface Jitted<Args extends readonly unknown[], Out> {
  (...tensors: ArgumentsFor<Args>): Task<TensorsOf<Out>>
  /** Compiles for tensors of these shapes. Fails with a user fault if the function cannot be traced. */
  readonly compile: (...like: ArgumentsFor<Args>) => Task<Compiled<Args, Out>>
  /**
   * Compiles for tensors of these shapes, in a memory of its own that holds the inputs, which start with these
   * elements, and the outputs. Fails with a user fault if the function cannot be traced.
   */
  readonly inPlace: (...like: ArgumentsFor<Args>) => Task<InPlace<TensorsOf<Args>, TensorsOf<Out>>>
}

/** Shapes that one `jit` keeps code and memory for; the one that was used longest ago is compiled again. */
const SHAPES_KEPT = 16

/** The typed edge: shapes were in the types, and are checked again when the function is traced. */
const typed = <T>(value: unknown): T => value as T

/** What a function was called with: its arguments, and the tensors in them. */
interface Arguments {
  readonly trees: unknown
  readonly leaves: readonly Leaf<AnyTensor>[]
}

const TENSORS: LeafKind<AnyTensor> = {
  is: isTensor,
  noun: 'a tensor',
  suggestion: 'pass a tensor, or a record or list of tensors; tensor(…) makes one of numbers',
}

const nameOf = (f: { readonly name: string }): string => (f.name === '' ? 'function' : f.name)

const argumentsOf = (f: { readonly name: string }, trees: unknown): Arguments => {
  const leaves = leavesOfTree(`${nameOf(f)}: the arguments`, trees, TENSORS)
  for (const { path, value } of leaves) checkTensor(`${nameOf(f)}: argument ${path.join('.')}`, value)
  return { trees, leaves }
}

/** A compiled function and the form of what it gives. */
interface Prepared {
  readonly executable: Executable
  /** The places of the inputs among the arguments. */
  readonly paths: readonly (readonly string[])[]
  /** The tree of what the function gave; its nodes stand for the outputs, in order. */
  readonly result: unknown
}

const prepare = async <Args extends readonly unknown[]>(
  f: (...args: Args) => NodeTree,
  { trees, leaves }: Arguments,
  target: Target,
): Promise<Prepared> => {
  let result: unknown
  const onNodes = (...nodes: readonly Node[]) => {
    result = f(...typed<Args>(rebuilt(trees, TENSORS, nodes)))
    const outputs = leavesOfTree(`${nameOf(f)}: what the function gives`, result, NODES)
    return Object.fromEntries(outputs.map(({ value }, i) => [`out${i}`, value]))
  }
  const specs = leaves.map(({ value: { dims, dtype } }) => ({ shape: dims, dtype }))
  const program = traceFunction(onNodes, specs, nameOf(f))
  const arena = new Arena()
  const plan = await compileProgram(program, { target, reserve: bytes => arena.reserve(bytes) })
  return { executable: await loadPlan(plan, arena), paths: leaves.map(({ path }) => path), result }
}

const execute = ({ executable, paths, result }: Prepared, trees: readonly unknown[]): unknown => {
  const { inputs, outputs, name } = executable.plan
  const tensors = leavesAt(`${name}: the arguments`, trees, TENSORS, paths)
  inputs.forEach((port, i) => {
    const given = tensors[i]
    if (given === undefined || given.dims.join() !== port.shape.join() || given.dtype !== port.dtype) {
      throw userFault(
        'shape-mismatch',
        `${name}: argument ${paths[i]?.join('.')} is compiled for ${port.dtype}[${port.shape}], received ${given?.dtype}[${given?.dims}]`,
      )
    }
    if (flawOf(given) !== undefined) checkTensor(`${name}: argument ${paths[i]?.join('.')}`, given)
    executable.port(port.name).set(given.data)
  })
  executable.step()
  return rebuilt(
    result,
    NODES,
    outputs.map(port => tensorOf(port.shape, port.dtype, executable.port(port.name).slice())),
  )
}

const inPlaceOf = (
  { executable, result }: Prepared,
  { trees, leaves }: Arguments,
): InPlace<unknown, unknown> => {
  const { inputs, outputs } = executable.plan
  const tensors = inputs.map(port => tensorInPlace(executable, port.name))
  tensors.forEach((tensor, i) => {
    tensor.data.set(leaves[i]?.value.data ?? [])
  })
  const results = outputs.map(port => tensorInPlace(executable, port.name))
  return {
    inputs: rebuilt(trees, TENSORS, tensors),
    outputs: rebuilt(result, NODES, results),
    run: () => executable.step(),
  }
}
