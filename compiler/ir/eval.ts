import { withoutDenormals } from '../../runtime/denormals.js'
import { allocate, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import type { Run, TensorValue } from '../ops/row.js'
import { rowOf } from '../ops/rows.js'
import {
  type Equation,
  type EquationOf,
  type Prim,
  type Program,
  sameType,
  showType,
  type TensorType,
  type Value,
} from './program.js'
import { retype } from './retype.js'

/** Called after each equation with what it gave; used to find where the first NaN arises. */
export type Observer = (equation: Equation, value: TensorValue) => void

export interface EvaluateOptions {
  readonly observe?: Observer
  /** Computes in f64 what the program computes in f32: inputs are widened, outputs are f64. */
  readonly as?: 'f64'
}

/**
 * The outputs of a program, computed equation by equation as the rows say: the meaning of everything else.
 * Inputs are tensors or bare arrays, in the order of the program's inputs; they are not written to. A denormal f32,
 * given or computed, is a zero of its sign.
 */
export const evaluate = (
  program: Program,
  inputs: readonly (TensorValue | TypedArray)[],
  options: EvaluateOptions = {},
): TensorValue[] =>
  options.as === 'f64'
    ? walk(retype(program, 'f64'), inputs.map(widened), options)
    : walk(program, inputs, options)

/** A tensor as its elements when it is f32, so that it may be an input of another float dtype. */
const widened = (input: TensorValue | TypedArray): TensorValue | TypedArray =>
  'type' in input && input.type.dtype === 'f32' ? input.data : input

const walk = (
  program: Program,
  inputs: readonly (TensorValue | TypedArray)[],
  options: EvaluateOptions,
): TensorValue[] => {
  const values = new Map<Value, TensorValue>()
  const lookUp = (value: Value): TensorValue => {
    const found = values.get(value)
    if (found === undefined) throw bug(`evaluate: ${program.name} has no value %${value}`)
    return found
  }
  if (inputs.length !== program.inputs.length) {
    throw bug(`evaluate: ${program.name} takes ${program.inputs.length} inputs, got ${inputs.length}`)
  }
  program.inputs.forEach(({ name, value }, i) => {
    values.set(value, normal(asInput(program, name, program.types[value], inputs[i])))
  })
  const run: Run = (inner, args) => walk(inner, args, options)
  for (const equation of program.equations) {
    const value = normal(evaluateEquation(equation, equation.inputs.map(lookUp), program.types, run))
    values.set(equation.output, value)
    options.observe?.(equation, value)
  }
  return program.outputs.map(port => lookUp(port.value))
}

/** A value with zeros for its denormal numbers. */
const normal = (value: TensorValue): TensorValue => {
  const data = withoutDenormals(value.data)
  return data === value.data ? value : { ...value, data }
}

const evaluateEquation = <P extends Prim>(
  { prim, params, output }: EquationOf<P>,
  inputs: readonly TensorValue[],
  types: readonly TensorType[],
  run: Run,
): TensorValue => {
  const type = types[output]
  if (type === undefined) throw bug(`evaluate: %${output} has no type`)
  return rowOf(prim).evaluate(inputs, params, type, run)
}

const asInput = (
  program: Program,
  name: string,
  type: TensorType | undefined,
  given: TensorValue | TypedArray | undefined,
): TensorValue => {
  if (type === undefined || given === undefined) throw bug(`evaluate: ${program.name} lacks input ${name}`)
  const value: TensorValue = 'type' in given ? given : { type, data: elementsAs(type.dtype, given) }
  if (!sameType(type, value.type)) {
    throw bug(`evaluate: input ${name} of ${program.name} is ${showType(type)}, got ${showType(value.type)}`)
  }
  if (value.data.length !== sizeOf(type.shape)) {
    throw bug(
      `evaluate: input ${name} of ${program.name} has ${value.data.length} elements for ${showType(type)}`,
    )
  }
  return value
}

/** The elements in the array of a dtype: rounded or wrapped as typed arrays do. */
const elementsAs = (dtype: DType, elements: TypedArray): TypedArray => {
  const copy = allocate(dtype, elements.length)
  copy.set(elements)
  return copy
}
