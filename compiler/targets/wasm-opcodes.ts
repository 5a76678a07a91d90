/*
 * The instructions that the printer uses, with their opcodes and types: sections 5.4 and 7.2 of the WebAssembly
 * specification, with SIMD, threads and relaxed SIMD. `assemble.test.ts` compares each line with wabt.
 */

/** A value's type: i32, i64, f32, f64, v128; nothing is `''`. */
export type ValueType = 'i' | 'l' | 'f' | 'd' | 'v'

/** What stands behind the opcode: an address's alignment and offset, or one or two kinds of numbers. */
export type Immediate = 'none' | 'memory' | 'lane' | 'memory lane'

/** An instruction of fixed types. */
export interface Instruction {
  /** Prefix and opcode, as they are written. */
  readonly code: readonly number[]
  readonly operands: readonly ValueType[]
  readonly result: ValueType | ''
  readonly immediate: Immediate
  /** Logarithm of the bytes that are loaded or stored: the alignment that is said. */
  readonly align: number
}

const SIMD = 0xfd
const SATURATING = 0xfc
const ATOMIC = 0xfe

/** Unsigned LEB128. */
export const unsigned = (value: number): readonly number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

const table = new Map<string, Instruction>()

const isValueType = (letter: string): letter is ValueType => 'ilfdv'.includes(letter) && letter !== ''

/** `types` is operands, a colon, the result: `ii:i`. */
const define = (
  name: string,
  code: readonly number[],
  types: string,
  immediate: Immediate = 'none',
  align = 0,
): void => {
  const [operands = '', result = ''] = types.split(':')
  table.set(name, {
    code,
    operands: [...operands].filter(isValueType),
    result: isValueType(result) ? result : '',
    immediate,
    align,
  })
}

/** Instructions whose opcodes follow one another: `-` leaves one out. */
const row = (prefix: string, first: number, types: string, names: string): void => {
  names.split(' ').forEach((name, i) => {
    if (name !== '-') define(`${prefix}.${name}`, [first + i], types)
  })
}

/** The same among the vector instructions. */
const vectors = (prefix: string, first: number, types: string, names: string): void => {
  names.split(' ').forEach((name, i) => {
    if (name !== '-') define(`${prefix}.${name}`, [SIMD, ...unsigned(first + i)], types)
  })
}

define('unreachable', [0x00], ':')

define('i32.load', [0x28], 'i:i', 'memory', 2)
define('f32.load', [0x2a], 'i:f', 'memory', 2)
define('f64.load', [0x2b], 'i:d', 'memory', 3)
define('i32.store', [0x36], 'ii:', 'memory', 2)
define('f32.store', [0x38], 'if:', 'memory', 2)
define('f64.store', [0x39], 'id:', 'memory', 3)

row('i32', 0x45, 'i:i', 'eqz')
row('i32', 0x46, 'ii:i', 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u')
row('f32', 0x5b, 'ff:i', 'eq ne lt gt le ge')
row('f64', 0x61, 'dd:i', 'eq ne lt gt le ge')
row('i32', 0x67, 'i:i', 'clz ctz popcnt')
row('i32', 0x6a, 'ii:i', 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr')
row('f32', 0x8b, 'f:f', 'abs neg ceil floor trunc nearest sqrt')
row('f32', 0x92, 'ff:f', 'add sub mul div min max copysign')
row('f64', 0x99, 'd:d', 'abs neg ceil floor trunc nearest sqrt')
row('f64', 0xa0, 'dd:d', 'add sub mul div min max copysign')
row('f32', 0xb2, 'i:f', 'convert_i32_s convert_i32_u')
row('f32', 0xb6, 'd:f', 'demote_f64')
row('f64', 0xb7, 'i:d', 'convert_i32_s convert_i32_u')
row('f64', 0xbb, 'f:d', 'promote_f32')
row('i32', 0xbc, 'f:i', 'reinterpret_f32')
row('f32', 0xbe, 'i:f', 'reinterpret_i32')

define('i32.trunc_sat_f32_s', [SATURATING, 0], 'f:i')
define('i32.trunc_sat_f32_u', [SATURATING, 1], 'f:i')
define('i32.trunc_sat_f64_s', [SATURATING, 2], 'd:i')
define('i32.trunc_sat_f64_u', [SATURATING, 3], 'd:i')

define('v128.load', [SIMD, 0x00], 'i:v', 'memory', 4)
define('v128.load32_splat', [SIMD, 0x09], 'i:v', 'memory', 2)
define('v128.store', [SIMD, 0x0b], 'iv:', 'memory', 4)
define('v128.load32_lane', [SIMD, 0x56], 'iv:v', 'memory lane', 2)
define('i32x4.extract_lane', [SIMD, 0x1b], 'v:i', 'lane')
define('i32x4.replace_lane', [SIMD, 0x1c], 'vi:v', 'lane')
define('f32x4.extract_lane', [SIMD, 0x1f], 'v:f', 'lane')
define('f32x4.replace_lane', [SIMD, 0x20], 'vf:v', 'lane')
vectors('i32x4', 0x11, 'i:v', 'splat')
vectors('f32x4', 0x13, 'f:v', 'splat')
vectors('i32x4', 0x37, 'vv:v', 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u')
vectors('f32x4', 0x41, 'vv:v', 'eq ne lt gt le ge')
vectors('v128', 0x4d, 'v:v', 'not')
vectors('v128', 0x4e, 'vv:v', 'and andnot or xor')
vectors('v128', 0x52, 'vvv:v', 'bitselect')
vectors('v128', 0x53, 'v:i', 'any_true')
vectors('f32x4', 0x67, 'v:v', 'ceil floor trunc nearest')
vectors('i32x4', 0xa0, 'v:v', 'abs neg')
vectors('i32x4', 0xa3, 'v:i', 'all_true bitmask')
vectors('i32x4', 0xab, 'vi:v', 'shl shr_s shr_u')
vectors('i32x4', 0xae, 'vv:v', 'add - - sub - - - mul min_s min_u max_s max_u')
vectors('f32x4', 0xe0, 'v:v', 'abs neg - sqrt')
vectors('f32x4', 0xe4, 'vv:v', 'add sub mul div min max pmin pmax')
vectors('i32x4', 0xf8, 'v:v', 'trunc_sat_f32x4_s trunc_sat_f32x4_u')
vectors('f32x4', 0xfa, 'v:v', 'convert_i32x4_s convert_i32x4_u')
vectors('f32x4', 0x105, 'vvv:v', 'relaxed_madd relaxed_nmadd')

define('memory.atomic.notify', [ATOMIC, 0x00], 'ii:i', 'memory', 2)
define('memory.atomic.wait32', [ATOMIC, 0x01], 'iil:i', 'memory', 2)
define('i32.atomic.load', [ATOMIC, 0x10], 'i:i', 'memory', 2)
define('i32.atomic.store', [ATOMIC, 0x17], 'ii:', 'memory', 2)
define('i32.atomic.rmw.add', [ATOMIC, 0x1e], 'ii:i', 'memory', 2)
define('i32.atomic.rmw.sub', [ATOMIC, 0x25], 'ii:i', 'memory', 2)

/** Instructions by name; those with types of their own (`local.get`, `call`, `select`, …) are the assembler's. */
export const instructions: ReadonlyMap<string, Instruction> = table
