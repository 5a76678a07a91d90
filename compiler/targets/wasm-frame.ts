import type { Elem, RegType } from '../loop/ir.js'
import { floatLiteral, type Wat, wat } from './wat.js'

/* Registers of the loop IR as locals and constants of WebAssembly. */

/** The types of WebAssembly that registers have. */
export type WasmType = 'i32' | 'f32' | 'f64' | 'v128'

/** What a function gives to its expressions: its locals and the helpers of its module. */
export interface Frame {
  /** Print mulAdd of f32 as `f32x4.relaxed_madd`. */
  readonly relaxed: boolean
  /** The identifier of a local of ours. */
  readonly local: (name: string) => string
  /** A new local. */
  readonly scratch: (type: WasmType) => string
  /** True where the i32 that `name` holds is known not to be negative. */
  readonly isNonNegative: (name: string) => boolean
  /** The identifier of the module's total integer division or remainder. */
  readonly divider: (op: 'div' | 'rem', elem: 'i32' | 'u32') => string
}

/** The WebAssembly type of a register. */
export const wasmType = (type: RegType): WasmType => {
  if (type.lanes === 4) return 'v128'
  return type.elem === 'f32' || type.elem === 'f64' ? type.elem : 'i32'
}

/** True for f32 and f64. */
export const isFloat = (elem: Elem): boolean => elem === 'f32' || elem === 'f64'

/** The instruction prefix of a register type: f32, f64, i32, f32x4 or i32x4. */
export const prefix = (type: RegType): string => {
  const scalar = isFloat(type.elem) ? type.elem : 'i32'
  return type.lanes === 4 ? `${scalar}x4` : scalar
}

/** The value of a local. */
export const get = (id: string): Wat => wat(`local.get $${id}`)
/** Sets a local, and has its value. */
export const tee = (id: string, value: Wat): Wat => wat(`local.tee $${id}`, value)
/** A number in an i32 register. */
export const i32Const = (value: number): Wat => wat(`i32.const ${value}`)

/** A constant register; a vector has one number per lane. */
export const constantOf = (type: RegType, values: readonly number[]): Wat => {
  if (type.lanes === 1) {
    const value = values[0] ?? 0
    return wat(
      `${prefix(type)}.const ${isFloat(type.elem) ? floatLiteral(value, type.elem === 'f32') : value}`,
    )
  }
  const literals = values.map(v => {
    if (type.elem === 'bool') return v === 0 ? '0' : '-1'
    return type.elem === 'f32' ? floatLiteral(v, true) : String(v)
  })
  return wat(`v128.const ${prefix(type)} ${literals.join(' ')}`)
}

/** One number for each lane of a register. */
export const lanesOf = (type: RegType, value: number): readonly number[] =>
  type.lanes === 4 ? [value, value, value, value] : [value]

/** No bit set in any lane. */
export const zeroVector = wat('v128.const i32x4 0 0 0 0')
