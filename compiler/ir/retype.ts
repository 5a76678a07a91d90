import type { DType } from '../../runtime/dtype.js'
import type { Builder } from './build.js'
import type { Equation, Program, TensorType, Value } from './program.js'
import { rebuilt } from './rebuild.js'

/** The same program with every f32 in `to`: what gradients are checked in. Constants keep their f32 values. */
export const retype = (program: Program, to: 'f64'): Program => {
  const dtype = (from: DType): DType => (from === 'f32' ? to : from)
  const type = (from: TensorType): TensorType => ({ shape: from.shape, dtype: dtype(from.dtype) })
  return rebuilt(program, {
    input: type,
    equation: (b, equation, at) => retyped(b, equation, at, type, dtype),
  })
}

const retyped = (
  b: Builder,
  equation: Equation,
  at: ReadonlyMap<Value, Value>,
  type: (from: TensorType) => TensorType,
  dtype: (from: DType) => DType,
): Value => {
  switch (equation.prim) {
    case 'constant': {
      const to = type(equation.params.type)
      const data = to.dtype === 'f64' ? Float64Array.from(equation.params.data) : equation.params.data
      return b.constant(to, data)
    }
    case 'iota':
      return b.emit('iota', [], { ...equation.params, type: type(equation.params.type) })
    case 'convert':
      return b.copy({ ...equation, params: { dtype: dtype(equation.params.dtype) } }, at)
    case 'checkpoint':
      return b.copy({ ...equation, params: { body: retype(equation.params.body, 'f64') } }, at)
    case 'custom_vjp_call': {
      const { primal, forward, backward } = equation.params
      return b.copy(
        {
          ...equation,
          params: {
            primal: retype(primal, 'f64'),
            forward: retype(forward, 'f64'),
            backward: retype(backward, 'f64'),
          },
        },
        at,
      )
    }
    default:
      return b.copy(equation, at)
  }
}
