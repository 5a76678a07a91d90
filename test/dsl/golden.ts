import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { evaluate } from '../../compiler/ir/eval.js'
import type { TensorType } from '../../compiler/ir/program.js'
import { traceFunction } from '../../dsl/function-body.js'
import { vjp } from '../../dsl/functional.js'
import type { Node } from '../../dsl/graph/node.js'
import { allocate, type DType, sizeOf } from '../../runtime/dtype.js'

/** A tensor in a golden file. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** A Keras object in a golden file: its class and its arguments, in snake_case. */
export type Spec = Readonly<Record<string, unknown>> & { readonly class: string }

/** What Keras computed on a topic; the caller states what the file holds. */
export const golden = <T>(topic: string): T =>
  JSON.parse(readFileSync(new URL(`../golden/keras/${topic}.json`, import.meta.url), 'utf8'))

/** snake_case as camelCase. */
export const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())

/** Keras's arguments under densor's names; `renamed` says which differ by more than their case. */
export const camelKeys = (
  options: Readonly<Record<string, unknown>>,
  renamed: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) =>
      key === 'class' ? [] : [[renamed[key] ?? camel(key), value] as const],
    ),
  )

/** Elements of a dtype. */
export const elements = (data: ArrayLike<number>, dtype: DType = 'f32') => {
  const array = allocate(dtype, data.length)
  array.set(Array.from(data))
  return array
}

/** The outputs of a function on nodes for these tensors, in f32 unless asked for f64. */
export const compute = (
  f: Parameters<typeof traceFunction>[0],
  inputs: readonly (Tensor & { readonly dtype?: DType })[],
  as?: 'f64',
): readonly Tensor[] => {
  const specs = inputs.map(({ shape, dtype = 'f32' }): TensorType => ({ shape, dtype }))
  const program = traceFunction(f, specs)
  const values = inputs.map(({ data, dtype }) => elements(data, dtype))
  return evaluate(program, values, as === undefined ? {} : { as }).map(({ type, data }) => ({
    shape: type.shape,
    data: Array.from(data),
  }))
}

/** The first output of `compute`. */
export const computeOne = (...args: Parameters<typeof compute>): Tensor => {
  const [first] = compute(...args)
  if (first === undefined) throw new Error('the function has no output')
  return first
}

/** The cotangents of the arguments of `f` when that of its value is the last input. */
export const pullBack =
  (f: (...args: readonly Node[]) => Node) =>
  (...args: readonly Node[]): Readonly<Record<string, Node>> => {
    const cotangent = args.at(-1)
    const [, pull] = vjp<readonly Node[], Node>(f, ...args.slice(0, -1))
    if (cotangent === undefined) throw new Error('no cotangent')
    return Object.fromEntries(pull(cotangent).map((node, i) => [`bar${i}`, node]))
  }

export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
}

/** Asserts that two tensors have one shape, and elements that differ by no more than a few roundings. */
export const expectClose = (
  actual: Tensor,
  wanted: Tensor | number,
  { relative = 1e-5, absolute = 1e-6 }: Tolerance = {},
): void => {
  const want = typeof wanted === 'number' ? { shape: [], data: [wanted] } : wanted
  expect(actual.shape).toEqual(want.shape)
  const far = want.data.flatMap((x, i) => {
    const got = actual.data[i] ?? Number.NaN
    const close = got === x || Math.abs(got - x) <= absolute + relative * Math.abs(x)
    return close ? [] : [`[${i}] is ${got}, expected ${x}`]
  })
  expect(far).toEqual([])
}

/** Numbers that look random and are always the same. */
export const noise = (shape: readonly number[], seed = 1, scale = 1): Tensor => ({
  shape,
  data: Array.from({ length: sizeOf(shape) }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453
    return Math.fround((2 * (x - Math.floor(x)) - 1) * scale)
  }),
})
