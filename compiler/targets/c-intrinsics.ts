import type { RegType } from '../loop/ir.js'
import { cType } from './c-text.js'

/*
 * C has no operator for these on vectors, and written lane by lane they stay so where a compiler fails to see one
 * instruction in them. Clang has functions of any vector. GCC on x86 has names for the instructions, called here
 * without their header, which would take longer to read than the rest takes to compile.
 */

/** What a helper does; its name in C is `kind_type`, as in `max_f32x4`, or `kind_type_from` for conversions. */
export type HelperKind =
  | 'select'
  | 'min'
  | 'max'
  | 'abs'
  | 'sqrt'
  | 'ceil'
  | 'floor'
  | 'trunc'
  | 'nearest'
  | 'flush'
  | 'div'
  | 'rem'
  | 'at_least' // y where x < y, else x: the greater where y is no NaN, and not +0 where x is -0
  | 'at_most'
  | 'positive' // +0 where x <= +0, else x: the greater of x and +0
  | 'splat'
  | 'mul_add'
  | 'to' // float to integer: truncates, saturates, NaN is 0
  | 'bits' // scalars; a vector is reinterpreted by a cast

/** An expression of x, y, z or c, and the macro that says that the processor has it. */
export interface Intrinsic {
  readonly macro: string
  readonly call: string
}

type Lanes = 4 | 8 | 16
type ByLanes = { readonly [L in Lanes]: string }

const floats: ByLanes = { 4: '__SSE__', 8: '__AVX__', 16: '__AVX512F__' }
const roundings: ByLanes = { 4: '__SSE4_1__', 8: '__AVX__', 16: '__AVX512F__' }
const fused: ByLanes = { 4: '__FMA__', 8: '__FMA__', 16: '__AVX512F__' }

/** In 16 lanes all lanes are asked for, in the current rounding mode. */
const operation = (name: string, args: string): ByLanes => ({
  4: `__builtin_ia32_${name}(${args})`,
  8: `__builtin_ia32_${name}256(${args})`,
  16: `__builtin_ia32_${name}512_mask(${args}, x, -1, 4)`,
})

const rounding = (mode: number): ByLanes => ({
  4: `__builtin_ia32_roundps(x, ${mode})`,
  8: `__builtin_ia32_roundps256(x, ${mode})`,
  16: `__builtin_ia32_rndscaleps_mask(x, ${mode}, x, -1, 4)`,
})

const mulAdd: ByLanes = {
  4: '__builtin_ia32_vfmaddps(x, y, z)',
  8: '__builtin_ia32_vfmaddps256(x, y, z)',
  16: '__builtin_ia32_vfmaddps512_mask(x, y, z, -1, 4)',
}

const isLanes = (n: number): n is Lanes => n === 4 || n === 8 || n === 16

/** A vector of any type chosen lane by lane, by way of floats; masks need no instruction of this kind in 16 lanes. */
const blend = (type: RegType): Intrinsic | undefined => {
  if (type.lanes !== 4 && type.lanes !== 8) return undefined
  const F = cType({ elem: 'f32', lanes: type.lanes })
  const name = `__builtin_ia32_blendvps${type.lanes === 8 ? '256' : ''}`
  return { macro: roundings[type.lanes], call: `(${cType(type)})${name}((${F})y, (${F})x, (${F})c)` }
}

/** The instruction of a helper on x86 as GCC calls it, where there is one. */
export const intrinsicOf = (kind: HelperKind, type: RegType): Intrinsic | undefined => {
  const { elem, lanes } = type
  if (kind === 'select') return blend(type)
  if (elem !== 'f32' || !isLanes(lanes)) return undefined
  const of = (macros: ByLanes, calls: ByLanes): Intrinsic => ({ macro: macros[lanes], call: calls[lanes] })
  switch (kind) {
    case 'sqrt':
      return of(floats, operation('sqrtps', 'x'))
    // the second operand wins where either is NaN
    case 'at_least':
      return of(floats, operation('maxps', 'y, x'))
    case 'at_most':
      return of(floats, operation('minps', 'y, x'))
    case 'nearest':
      return of(roundings, rounding(8))
    case 'floor':
      return of(roundings, rounding(9))
    case 'ceil':
      return of(roundings, rounding(10))
    case 'trunc':
      return of(roundings, rounding(11))
    case 'mul_add':
      return of(fused, mulAdd)
    default:
      return undefined
  }
}

const elementwise: { readonly [K in HelperKind]?: string } = {
  mul_add: 'fma',
  sqrt: 'sqrt',
  floor: 'floor',
  ceil: 'ceil',
  trunc: 'trunc',
  nearest: 'roundeven',
}

/** Clang's function for a helper on float vectors, where there is one. */
export const elementwiseOf = (kind: HelperKind, type: RegType): string | undefined => {
  const name = elementwise[kind]
  return name === undefined || type.elem !== 'f32' || type.lanes === 1
    ? undefined
    : `__builtin_elementwise_${name}`
}
