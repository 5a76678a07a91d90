import { sizeOf } from '../../runtime/dtype.js'
import type { Builder } from '../ir/build.js'
import type { Equation, EquationOf, Prim, TensorType, Value } from '../ir/program.js'
import { rowOf } from '../ops/rows.js'

/*
 * What rules look at: how a value was made.
 */

/** The equation of one primitive, out of the union. */
export type EquationFor<P extends Prim> = Extract<Equation, { readonly prim: P }>

/** The equation that made `value` if it is of this primitive. */
export const madeBy = <P extends Prim>(b: Builder, value: Value, prim: P): EquationFor<P> | undefined => {
  const equation = b.producerOf(value)
  return equation !== undefined && isOf(equation, prim) ? equation : undefined
}

const isOf = <P extends Prim>(equation: Equation, prim: P): equation is EquationFor<P> =>
  equation.prim === prim

/** The number that every element of `value` is, where that is known: a constant, or a view of a uniform one. */
export const uniformOf = (b: Builder, value: Value): number | undefined => {
  const scalar = scalarOf(b, value)
  if (scalar === undefined) return undefined
  return madeBy(b, scalar, 'constant')?.params.data[0]
}

/** The one-element value that `value` repeats everywhere, where there is one. */
export const scalarOf = (b: Builder, value: Value): Value | undefined => {
  if (sizeOf(b.shapeOf(value)) === 1) {
    const inner = madeBy(b, value, 'broadcast_in_dim') ?? madeBy(b, value, 'reshape')
    return inner === undefined ? value : scalarOf(b, inner.inputs[0] ?? value)
  }
  const view = madeBy(b, value, 'broadcast_in_dim') ?? madeBy(b, value, 'reshape')
  const operand = view?.inputs[0]
  return operand === undefined ? undefined : scalarOf(b, operand)
}

/** The type that an equation of the builder has or would have. */
export const typeOfEquation = <P extends Prim>(
  b: Builder,
  { prim, inputs, params }: EquationOf<P>,
): TensorType =>
  rowOf(prim).type(
    inputs.map(v => b.typeOf(v)),
    params,
  )
