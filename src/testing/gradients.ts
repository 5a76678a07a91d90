import { jvp } from '../../compiler/autodiff/jvp.js'
import { vjp } from '../../compiler/autodiff/vjp.js'
import { evaluate } from '../../compiler/ir/eval.js'
import type { Program, TensorType } from '../../compiler/ir/program.js'
import { retype } from '../../compiler/ir/retype.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { isFloat } from '../../compiler/ops/rules.js'
import { allocate, sizeOf } from '../../runtime/dtype.js'
import { Fault } from '../../runtime/fault.js'
import { uniformFrom } from './dice.js'

/** How derivatives are compared with central differences. */
export interface GradientOptions {
  /** The inputs to differentiate by. Default: all float inputs. */
  readonly wrt?: readonly number[]
  /** 1 checks the gradient, 2 the gradient of the gradient, too. Default: 2, and 1 for a model. */
  readonly order?: 1 | 2
  /** Seed of the random directions. Default: 1. */
  readonly seed?: number
  /** Whether to check forward mode too; it is left out if a custom derivative has none. Default: true. */
  readonly forward?: boolean
  /** The largest difference, relative to the size of the derivative (at least 1). Default: 1e-6. */
  readonly tolerance?: number
}

/** What two ways to take a derivative in f64 may differ by, relative to its size. */
export const GRADIENT_TOLERANCE = 1e-6

/** A directional derivative, taken in two ways. */
export interface GradientComparison {
  readonly order: number
  readonly mode: 'reverse' | 'forward'
  /** From central differences. */
  readonly expected: number
  readonly actual: number
  /** How far the two are apart, relative to the size of the derivative (at least 1). */
  readonly difference: number
  /** How far they may be: the tolerance, and what central differences may be off by where the program is curved. */
  readonly allowed: number
}

/** A program and its inputs with every f32 in f64. */
export const inF64 = (program: Program, inputs: readonly TensorValue[]) => {
  const wide = retype(program, 'f64')
  const typeOf = (i: number): TensorType => typeAt(wide, wide.inputs[i]?.value)
  return { program: wide, inputs: inputs.map((x, i) => ({ type: typeOf(i), data: copied(typeOf(i), x) })) }
}

/**
 * Compares, in f64 and in one random direction v with one random cotangent u, three ways to u · J v: reverse mode
 * (uᵀJ) · v, forward mode u · (J v), and central differences of u · f(x + t v). At order 2, the same for the program
 * of the gradient. The inputs lie where the program is smooth.
 */
export const compareGradients = (
  program: Program,
  inputs: readonly TensorValue[],
  options: GradientOptions = {},
): GradientComparison[] => {
  const wide = inF64(program, inputs)
  const isReal = (i: number): boolean => isFloat(wide.inputs[i]?.type.dtype ?? 'i32')
  const wrt = options.wrt ?? wide.inputs.map((_, i) => i).filter(isReal)
  return comparisonsAt(wide.program, wide.inputs, wrt, options.order ?? 2, 1, options)
}

/** The comparisons that do not hold. */
export const gradientMismatches = (
  program: Program,
  inputs: readonly TensorValue[],
  options: GradientOptions = {},
): GradientComparison[] => compareGradients(program, inputs, options).filter(isMismatch)

/** Whether two ways to a derivative disagree; one that is not a number does. */
export const isMismatch = ({ difference, allowed }: GradientComparison): boolean => !(difference <= allowed)

const comparisonsAt = (
  program: Program,
  inputs: readonly TensorValue[],
  wrt: readonly number[],
  orders: number,
  order: number,
  options: GradientOptions,
): GradientComparison[] => {
  const uniform = uniformFrom((options.seed ?? 1) + order)
  const random = (type: TensorType): TensorValue => ({
    type,
    data: Float64Array.from({ length: sizeOf(type.shape) }, () => uniform() * 2 - 1),
  })
  const v = new Map(wrt.map(i => [i, random(typeAt(program, program.inputs[i]?.value))]))
  const u = program.outputs.map(({ value }) => {
    const type = typeAt(program, value)
    return isFloat(type.dtype) ? random(type) : undefined
  })
  const cotangents = u.flatMap(x => x ?? [])
  const { slope: expected, doubt } = centralDifference(program, inputs, v, u)
  const reverse = vjp(program, { wrt })
  const bars = evaluate(reverse, [...inputs, ...cotangents])
  const actual: [GradientComparison['mode'], number][] = [
    ['reverse', wrt.reduce((sum, i, k) => sum + inner(bars[k], v.get(i)), 0)],
  ]
  const forward = (options.forward ?? true) ? forwardOf(program, wrt) : undefined
  if (forward !== undefined) {
    const moved = evaluate(forward, [...inputs, ...wrt.flatMap(i => v.get(i) ?? [])])
    const dots = moved.slice(program.outputs.length)
    actual.push(['forward', cotangents.reduce((sum, x, k) => sum + inner(x, dots[k]), 0)])
  }
  const scale = Math.max(1, Math.abs(expected))
  const allowed = (options.tolerance ?? GRADIENT_TOLERANCE) + doubt / scale
  const found = actual.map(([mode, value]): GradientComparison => {
    const difference = Math.abs(value - expected) / scale
    return { order, mode, expected, actual: value, difference, allowed }
  })
  return order < orders
    ? [...found, ...comparisonsAt(reverse, [...inputs, ...cotangents], wrt, orders, order + 1, options)]
    : found
}

/** The program in forward mode; undefined where a derivative of the user's own has none. */
const forwardOf = (program: Program, wrt: readonly number[]): Program | undefined => {
  try {
    return jvp(program, { wrt })
  } catch (error) {
    if (error instanceof Fault && error.code === 'custom-vjp-forward-mode') return undefined
    throw error
  }
}

/** The step of the differences: their error is about 1e-10 for a function of size 1. */
const STEP = 1e-5

/** The slope of u · f(x + t v) at t = 0, and what it may be off by: steps of two sizes tell how curved f is. */
const centralDifference = (
  program: Program,
  inputs: readonly TensorValue[],
  v: ReadonlyMap<number, TensorValue>,
  u: readonly (TensorValue | undefined)[],
): { readonly slope: number; readonly doubt: number } => {
  const at = (t: number): number => {
    const moved = inputs.map((x, i) => along(x, v.get(i), t))
    return evaluate(program, moved).reduce((sum, y, k) => sum + inner(y, u[k]), 0)
  }
  const slopeBy = (step: number): number => (at(step) - at(-step)) / (2 * step)
  const slope = slopeBy(STEP)
  return { slope, doubt: 10 * Math.abs(slope - slopeBy(2 * STEP)) }
}

const along = (x: TensorValue, v: TensorValue | undefined, t: number): TensorValue =>
  v === undefined
    ? x
    : { type: x.type, data: Float64Array.from(x.data, (element, i) => element + t * (v.data[i] ?? 0)) }

const inner = (x: TensorValue | undefined, y: TensorValue | undefined): number => {
  let sum = 0
  if (x === undefined || y === undefined) return sum
  for (let i = 0; i < x.data.length; i++) sum += (x.data[i] ?? 0) * (y.data[i] ?? 0)
  return sum
}

const typeAt = (program: Program, value: number | undefined): TensorType => {
  const type = value === undefined ? undefined : program.types[value]
  return type ?? { shape: [], dtype: 'f64' }
}

const copied = (type: TensorType, { data }: TensorValue) => {
  const copy = allocate(type.dtype, data.length)
  copy.set(data)
  return copy
}
