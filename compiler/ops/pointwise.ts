import type { DType } from '../../runtime/dtype.js'
import type { Prim, PrimParams, TensorType, Value } from '../ir/program.js'
import type { Expr, RegType } from '../loop/ir.js'
import { sameOnBatch } from './batching.js'
import type { Row, Site } from './row.js'
import { demandDTypes, demandSame, one, three, two } from './rules.js'
import { zeros } from './tensor.js'

/*
 * Factories for primitives that work element by element. Their Jacobian is diagonal, hence its own transpose: one
 * list of slopes, `g -> g * dy/dx`, serves tangents and cotangents alike.
 */

/** One element of the result from one element of each operand. */
export type Scalar = (x: number, y: number, z: number) => number

/** `g * dy/dx` for one operand x. */
export type Slope<P extends Prim> = (site: Site<P>, g: Value) => Value

/** What a pointwise primitive says of itself, apart from how many operands it has. */
export interface Pointwise<P extends Prim> {
  readonly accepts: readonly DType[]
  readonly facts?: NonNullable<Row<P>['facts']>
  /** The dtype of the result, where it is not the operands'. */
  readonly result?: (params: PrimParams[P]) => DType
  /** Where the operands are not of one type. */
  readonly type?: Row<P>['type']
  readonly scalar: (dtype: DType, params: PrimParams[P]) => Scalar
  readonly slopes: readonly Slope<P>[] | 'zero'
}

const pointwise = <P extends Prim>(
  prim: P,
  arity: number,
  spec: Pointwise<P>,
  emit: (xs: readonly Expr[], params: PrimParams[P], type: RegType) => Expr,
): Row<P> => ({
  arity,
  ...(spec.facts === undefined ? {} : { facts: spec.facts }),
  type:
    spec.type ??
    ((inputs, params) => {
      const { shape, dtype } = sameType(prim, arity, inputs, spec.accepts)
      return { shape, dtype: spec.result?.(params) ?? dtype }
    }),
  evaluate: (inputs, params, type) => {
    const f = spec.scalar(inputs[0]?.type.dtype ?? type.dtype, params)
    const result = zeros(type)
    const [xs, ys = xs, zs = ys] = inputs.map(input => input.data)
    if (xs === undefined || ys === undefined || zs === undefined) return result
    for (let i = 0; i < result.data.length; i++) result.data[i] = f(xs[i]!, ys[i]!, zs[i]!)
    return result
  },
  ...derivatives(spec.slopes),
  batch: sameOnBatch(prim),
  lower: { kind: 'pointwise', emit },
})

/** Demands `arity` operands of one type among `accepts`; that type. */
const sameType = (
  prim: Prim,
  arity: number,
  inputs: readonly TensorType[],
  accepts: readonly DType[],
): TensorType => {
  demandCount(prim, arity, inputs)
  demandDTypes(prim, inputs, accepts)
  return demandSame(prim, inputs)
}

const demandCount = (prim: Prim, arity: number, inputs: readonly TensorType[]): void => {
  if (arity === 1) one(prim, inputs)
  else if (arity === 2) two(prim, inputs)
  else three(prim, inputs)
}

const derivatives = <P extends Prim>(slopes: readonly Slope<P>[] | 'zero'): Pick<Row<P>, 'vjp' | 'jvp'> =>
  slopes === 'zero'
    ? { vjp: 'zero', jvp: 'zero' }
    : {
        vjp: (site, yBar) => site.inputs.map((_, i) => (site.needs[i] ? slopes[i]?.(site, yBar) : undefined)),
        jvp: (site, tangents) =>
          tangents
            .map((t, i) => (t === undefined ? undefined : slopes[i]?.(site, t)))
            .filter(term => term !== undefined)
            .reduce((sum, term) => site.b.add(sum, term)),
      }

/** A primitive of one operand. */
export const unary = <P extends Prim>(
  prim: P,
  spec: Pointwise<P>,
  emit: (x: Expr, type: RegType, params: PrimParams[P]) => Expr,
): Row<P> => pointwise(prim, 1, spec, (xs, params, type) => emit(one(prim, xs), type, params))

/** A primitive of two operands of one type. */
export const binary = <P extends Prim>(
  prim: P,
  spec: Pointwise<P>,
  emit: (x: Expr, y: Expr, type: RegType, params: PrimParams[P]) => Expr,
): Row<P> => pointwise(prim, 2, spec, (xs, params, type) => emit(...two(prim, xs), type, params))

/** A primitive of three operands of one shape. */
export const ternary = <P extends Prim>(
  prim: P,
  spec: Pointwise<P>,
  emit: (x: Expr, y: Expr, z: Expr) => Expr,
): Row<P> => pointwise(prim, 3, spec, xs => emit(...three(prim, xs)))

/** The slope of a function of one operand from its derivative `(x, y) -> dy/dx`, with y the result. */
export const slope =
  <P extends Prim>(derivative: (b: Site<P>['b'], x: Value, y: Value) => Value): Slope<P> =>
  (site, g) =>
    site.b.multiply(g, derivative(site.b, one('slope', site.inputs), site.output))
