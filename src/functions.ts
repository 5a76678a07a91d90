import type * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { compileProgram, loadPlan, type Target } from '../compiler/compile.js'
import { traceFunction } from '../dsl/functional.js'
import { Node } from '../dsl/graph/node.js'
import type { Shape } from '../dsl/types/dims.js'
import type { AnyTensor, Sym, Tensor } from '../dsl/types/layer.js'
import { Arena } from '../runtime/arena.js'
import type { Executable } from '../runtime/executable.js'
import { type Fault, userFault } from '../runtime/fault.js'
import { tensorOf } from './data/tensor.js'
import { attempt, attemptAsync } from './errors.js'
import { type InPlace, tensorInPlace } from './in-place.js'

type AnySym = Sym<unknown, unknown>

/** The tensor that stands for a node of a function. */
type TensorOf<X> = X extends Sym<infer S, unknown> ? (S extends Shape ? Tensor<S> : AnyTensor) : never

/** The tensors that a function on nodes takes. */
export type TensorsOf<Args extends readonly AnySym[]> = { readonly [K in keyof Args]: TensorOf<Args[K]> }

/** What a function on nodes gives: one node, several in a list, or several by name. */
export type Results = AnySym | readonly AnySym[] | Readonly<Record<string, AnySym>>

/** The tensors that it gives when it is run. */
export type ResultsOf<Out extends Results> = Out extends AnySym
  ? TensorOf<Out>
  : { readonly [K in keyof Out]: TensorOf<Out[K]> }

/** A function that was compiled for tensors of certain shapes: it runs at once. */
export type Compiled<Args extends readonly AnySym[], Out extends Results> = (
  ...tensors: TensorsOf<Args>
) => E.Either<Fault, ResultsOf<Out>>

/** Options of `jit`. */
export interface JitOptions {
  /** `wasm` unless given. */
  readonly target?: Target
}

/**
 * A plain function on nodes as a function on tensors: traced and compiled at the first call for each list of
 * shapes. `compile` gives the compiled function itself, for calls that must not wait, and `inPlace` one whose arguments
 * and results stay where they are, for calls that must not copy.
 *
 * ```ts
 * const slope = jit(grad((x: Sym<[3]>) => sum(mul(x, x))))
 * const dx = await run(slope(x)) // Tensor<[3]>
 * ```
 */
export const jit = <const Args extends readonly AnySym[], Out extends Results>(
  f: (...args: Args) => Out,
  { target = 'wasm' }: JitOptions = {},
): Jitted<Args, Out> => {
  const plans = new Map<string, Promise<Prepared>>()
  const prepared = (tensors: readonly AnyTensor[]): Promise<Prepared> => {
    const key = tensors.map(t => `${t.dtype}[${t.dims}]`).join(' ')
    const known = plans.get(key)
    if (known !== undefined) return known
    const fresh = prepare(f, tensors, target)
    plans.set(key, fresh)
    // A function that could not be traced is tried again, so that its fault is told each time.
    fresh.catch(() => plans.delete(key))
    return fresh
  }
  const call = (...tensors: TensorsOf<Args>): TE.TaskEither<Fault, ResultsOf<Out>> =>
    attemptAsync(async () => {
      const given = list(tensors)
      return typed<ResultsOf<Out>>(execute(await prepared(given), given))
    })
  const compile = (...like: TensorsOf<Args>): TE.TaskEither<Fault, Compiled<Args, Out>> =>
    attemptAsync(async () => {
      const ready = await prepared(list(like))
      return (...tensors) => attempt(() => typed<ResultsOf<Out>>(execute(ready, list(tensors))))
    })
  const inPlace = (
    ...like: TensorsOf<Args>
  ): TE.TaskEither<Fault, InPlace<TensorsOf<Args>, ResultsOf<Out>>> =>
    attemptAsync(async () => {
      // not the one that `compile` shares among its callers: this memory is given away
      const ready = await prepare(f, list(like), target)
      return inPlaceOf<Args, Out>(ready, list(like))
    })
  return Object.assign(call, { compile, inPlace })
}

/** What `jit` gives. */
export interface Jitted<Args extends readonly AnySym[], Out extends Results> {
  (...tensors: TensorsOf<Args>): TE.TaskEither<Fault, ResultsOf<Out>>
  /** The function compiled for tensors like these; Left where it cannot be traced. */
  readonly compile: (...like: TensorsOf<Args>) => TE.TaskEither<Fault, Compiled<Args, Out>>
  /**
   * The function compiled for tensors like these, in a memory of its own that holds its inputs and outputs; the inputs
   * begin as these. Left where it cannot be traced.
   */
  readonly inPlace: (
    ...like: TensorsOf<Args>
  ) => TE.TaskEither<Fault, InPlace<TensorsOf<Args>, ResultsOf<Out>>>
}

/** The typed edge: shapes were in the types, and are checked again when the function is traced. */
const typed = <T>(value: unknown): T => value as T
const list = (tensors: unknown): readonly AnyTensor[] => typed(tensors)

/** A compiled function and the form of what it gives. */
interface Prepared {
  readonly executable: Executable
  readonly shape: 'one' | 'list' | 'record'
}

const prepare = async <Args extends readonly AnySym[]>(
  f: (...args: Args) => Results,
  tensors: readonly AnyTensor[],
  target: Target,
): Promise<Prepared> => {
  let shape: Prepared['shape'] = 'one'
  const named = (...args: readonly Node[]): AnySym | Readonly<Record<string, AnySym>> => {
    const out: unknown = f(...typed<Args>(args))
    shape = out instanceof Node ? 'one' : Array.isArray(out) ? 'list' : 'record'
    return typed(Array.isArray(out) ? Object.fromEntries(out.entries()) : out)
  }
  const specs = tensors.map(({ dims, dtype }) => ({ shape: dims, dtype }))
  const program = traceFunction(named, specs, f.name === '' ? 'function' : f.name)
  const arena = new Arena()
  const plan = await compileProgram(program, { target, reserve: bytes => arena.reserve(bytes) })
  return { executable: await loadPlan(plan, arena), shape }
}

const execute = ({ executable, shape }: Prepared, tensors: readonly AnyTensor[]): unknown => {
  const { inputs, outputs } = executable.plan
  inputs.forEach((port, i) => {
    const given = tensors[i]
    const dims = given?.dims ?? []
    if (given === undefined || dims.join() !== port.shape.join() || given.dtype !== port.dtype) {
      throw userFault(
        'shape-mismatch',
        `${executable.plan.name}: argument ${i} is compiled for ${port.dtype}[${port.shape}], received ${given?.dtype}[${dims}]`,
      )
    }
    executable.port(port.name).set(given.data)
  })
  executable.step()
  return formed(
    shape,
    outputs.map(port => [port.name, tensorOf(port.shape, port.dtype, executable.port(port.name).slice())]),
  )
}

/** The results in the form that the function gave them. */
const formed = (
  shape: Prepared['shape'],
  results: readonly (readonly [name: string, tensor: AnyTensor])[],
): unknown => {
  if (shape === 'record') return Object.fromEntries(results)
  const tensors = results.map(([, tensor]) => tensor)
  return shape === 'list' ? tensors : tensors[0]
}

const inPlaceOf = <Args extends readonly AnySym[], Out extends Results>(
  { executable, shape }: Prepared,
  like: readonly AnyTensor[],
): InPlace<TensorsOf<Args>, ResultsOf<Out>> => {
  const { inputs, outputs } = executable.plan
  const tensors = inputs.map(port => tensorInPlace(executable, port.name))
  tensors.forEach((tensor, i) => {
    tensor.data.set(like[i]?.data ?? [])
  })
  const results = outputs.map(port => [port.name, tensorInPlace(executable, port.name)] as const)
  return {
    inputs: typed(tensors),
    outputs: typed(formed(shape, results)),
    run: () => executable.step(),
  }
}
