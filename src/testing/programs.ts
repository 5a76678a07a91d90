import fc from 'fast-check'
import { Builder } from '../../compiler/ir/build.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import type {
  Equation,
  EquationOf,
  Port,
  Prim,
  Program,
  TensorType,
  Value,
} from '../../compiler/ir/program.js'
import { pruned } from '../../compiler/ir/rebuild.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { isFloat } from '../../compiler/ops/rules.js'
import { prims, rowOf } from '../../compiler/ops/table.js'
import { allocate, type DType, sizeOf } from '../../runtime/dtype.js'
import { Fault } from '../../runtime/fault.js'
import { diceOf, uniformFrom } from './dice.js'
import { printsAs } from './prints-as.js'
import type { Growing } from './site.js'
import { steps } from './steps.js'
import { WILD } from './wild.js'

/** Options of `arbitraryProgram`. */
export interface ProgramOptions {
  /** Most equations to try. Default: 12. */
  readonly maxEquations?: number
  /** Most elements of a value. Default: 64. */
  readonly maxElements?: number
  /** The float dtype. Default: 'f32'. */
  readonly float?: 'f32' | 'f64'
  /** Whether to draw NaN, infinities, -0, denormals and extremes, and keep such results. Default: false. */
  readonly wild?: boolean
  /** The primitives to use. Default: all. */
  readonly prims?: readonly Prim[]
}

/** A program with inputs for it. */
export interface ProgramSample {
  readonly program: Program
  readonly inputs: readonly TensorValue[]
}

/** One attempt at an equation, as numbers that shrink. */
interface Choice {
  readonly prim: number
  readonly numbers: readonly number[]
}

/**
 * A fast-check arbitrary of well-typed programs over all of densor's primitives, with inputs. Unless `wild`,
 * every value is finite, of moderate size and not at a jump, so that results can be compared within a
 * tolerance. Shrinks to few equations on small tensors; prints as the program's text.
 *
 * @example
 * ```ts
 * import { arbitraryProgram, checkPasses } from 'densor/testing'
 * import * as fc from 'fast-check'
 *
 * const holds = fc.asyncProperty(arbitraryProgram({ maxEquations: 6 }), async sample => {
 *   await checkPasses(sample)
 * })
 * await fc.assert(holds, { numRuns: 5 })
 * ```
 */
export const arbitraryProgram = (options: ProgramOptions = {}): fc.Arbitrary<ProgramSample> => {
  const numbers = fc.array(fc.nat(2 ** 20), { maxLength: 12 })
  const choice = fc.record({ prim: fc.nat(2 ** 20), numbers })
  const input = fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    dtype: fc.nat(7),
    seed: fc.nat(),
  })
  return fc
    .record({
      inputs: fc.array(input, { minLength: 1, maxLength: 3 }),
      choices: fc.array(choice, { maxLength: options.maxEquations ?? 12, size: 'max' }),
    })
    .map(({ inputs, choices }) => grow(inputs, choices, options))
}

interface InputChoice {
  readonly shape: readonly number[]
  readonly dtype: number
  readonly seed: number
}

const grow = (
  inputs: readonly InputChoice[],
  choices: readonly Choice[],
  { float = 'f32', wild = false, maxElements = 64, prims: allowed = prims }: ProgramOptions,
): ProgramSample => {
  const b = new Builder('random')
  const known = new Map<Value, TensorValue>()
  const samples = inputs.map(({ shape, dtype, seed }, i) => {
    const type: TensorType = { shape, dtype: INPUT_DTYPES[dtype] ?? float }
    const sample = sampleOf(type, seed, wild)
    known.set(b.input(`x${i}`, type), sample)
    return sample
  })
  for (const { prim, numbers } of choices) {
    const chosen = allowed[prim % allowed.length]
    if (chosen === undefined) continue
    const values = [...known.keys()]
    const value = attempt({ b, values, dice: diceOf(numbers), float, maxElements }, chosen)
    // b has written what the step emitted; of that, only what holds up is built upon
    if (value !== undefined && !known.has(value)) admit(b, value, known, wild)
  }
  const program = pruned(b.finish(outputsOf(b, known, inputs.length)))
  return printsAs(`\n${print(program)}`, { program, inputs: samples })
}

/** Other dtypes than the float one are rare: 1 in 8 each. */
const INPUT_DTYPES: readonly DType[] = ['i32', 'u32', 'bool']

/** The step, or nothing where the operands do not suit the primitive: its own type rule says so. */
const attempt = (site: Growing, prim: Prim): Value | undefined => {
  try {
    const value = steps[prim](site)
    return value !== undefined && sizeOf(site.b.shapeOf(value)) <= site.maxElements ? value : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** Evaluates what led to `value`; takes it in if it is well behaved. */
const admit = (b: Builder, value: Value, known: Map<Value, TensorValue>, wild: boolean): boolean => {
  const equation = b.producerOf(value)
  if (equation === undefined) return known.has(value)
  for (const input of equation.inputs) {
    if (!known.has(input) && !admit(b, input, known, wild)) return false
  }
  const operands = equation.inputs.flatMap(v => known.get(v) ?? [])
  const type = b.typeOf(value)
  const result = apply(equation, operands, type)
  if (!wild && !isTame(equation, operands, result)) return false
  known.set(value, result)
  return true
}

const apply = <P extends Prim>(
  { prim, params }: EquationOf<P>,
  operands: readonly TensorValue[],
  type: TensorType,
): TensorValue => rowOf(prim).evaluate(operands, params, type, evaluate)

/** Finite, at most 1000, and stable under a small change of the float operands either way. */
const isTame = (equation: Equation, operands: readonly TensorValue[], result: TensorValue): boolean => {
  if (isFloat(result.type.dtype) && !result.data.every((x: number) => Math.abs(x) <= 1000)) return false
  return [1e-4, -1e-4].every(change => {
    const moved = apply(
      equation,
      operands.map(x => shifted(x, change)),
      result.type,
    )
    return result.data.every(
      (x: number, i: number) => Math.abs(x - (moved.data[i] ?? 0)) <= 0.05 * (1 + Math.abs(x)),
    )
  })
}

/** Every float element moved by a small amount, up or down by turns. */
const shifted = ({ type, data }: TensorValue, change: number): TensorValue => {
  if (!isFloat(type.dtype)) return { type, data }
  const moved = allocate(type.dtype, data.length)
  data.forEach((x: number, i: number) => {
    moved[i] = x + change * (i % 2 === 0 ? 1 : -1) * (1 + Math.abs(x))
  })
  return { type, data: moved }
}

/** The last value and up to three others that nothing reads. */
const outputsOf = (b: Builder, known: ReadonlyMap<Value, TensorValue>, inputs: number): Port[] => {
  const values = [...known.keys()]
  const read = new Set(values.flatMap(v => b.producerOf(v)?.inputs ?? []))
  const loose = values.slice(inputs).filter(v => !read.has(v))
  const chosen = loose.length > 0 ? loose.slice(-4) : values.slice(0, 1)
  return chosen.map((value, i) => ({ name: `y${i}`, value }))
}

/** Elements for a type: moderate numbers, or wild ones among them. */
export const sampleOf = (type: TensorType, seed: number, wild = false): TensorValue => {
  const uniform = uniformFrom(seed)
  const data = allocate(type.dtype, sizeOf(type.shape))
  for (let i = 0; i < data.length; i++) data[i] = elementOf(type.dtype, uniform, wild)
  return { type, data }
}

const elementOf = (dtype: DType, uniform: () => number, wild: boolean): number => {
  const odd = wild && uniform() < 0.4
  const any = uniform()
  switch (dtype) {
    case 'f32':
    case 'f64':
      return odd ? (WILD[Math.floor(any * WILD.length)] ?? 0) : any * 4 - 2
    case 'i32':
      return odd ? Math.floor((any - 0.5) * 2 ** 32) : Math.floor(any * 9) - 4
    case 'u32':
      return odd ? Math.floor(any * 2 ** 32) : Math.floor(any * 40)
    case 'bool':
      return any < 0.5 ? 1 : 0
    default:
      return dtype satisfies never
  }
}
