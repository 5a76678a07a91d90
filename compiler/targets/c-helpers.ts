import { bug } from '../../runtime/fault.js'
import type { Elem, RegType } from '../loop/ir.js'
import { elementwiseOf, type HelperKind, intrinsicOf } from './c-intrinsics.js'
import { cType } from './c-text.js'

/*
 * The operations that C has no operator for, as inline functions; a module prints those it uses. Vectors are written
 * lane by lane where GCC and Clang find the instruction themselves (sqrt, floor, …) and by masks where they do not.
 */

/** One helper: `from` is the operand's type where it is not the result's. */
export interface Helper {
  readonly kind: HelperKind
  readonly type: RegType
  readonly from?: RegType
}

/** The identifier of a helper. */
export const helperName = ({ kind, type, from }: Helper): string =>
  `${kind}_${cType(type)}${from === undefined ? '' : `_${cType(from)}`}`

const f32: RegType = { elem: 'f32', lanes: 1 }
const u32: RegType = { elem: 'u32', lanes: 1 }

const isFloat = (elem: Elem): boolean => elem === 'f32' || elem === 'f64'
const maskOf = (type: RegType): string => cType({ elem: 'i32', lanes: type.lanes })

/** `r[l] = …` for every lane. */
const eachLane = (type: RegType, value: string): string =>
  `${cType(type)} r; for (int l = 0; l < ${type.lanes}; l++) r[l] = ${value}; return r;`

/** The helpers that a helper calls. */
export const helpersWithin = ({ kind, type, from }: Helper): readonly Helper[] => {
  const lanesOf = (scalar: RegType): RegType => ({ elem: scalar.elem, lanes: type.lanes })
  const bits: readonly Helper[] = [
    { kind: 'bits', type: u32, from: f32 },
    { kind: 'bits', type: f32, from: u32 },
  ]
  if (kind === 'min' || kind === 'max') {
    if (type.lanes > 1) return [{ kind: 'select', type }]
    return type.elem === 'f32' ? bits : []
  }
  if (kind === 'abs' && type.lanes > 1 && !isFloat(type.elem)) return [{ kind: 'select', type }]
  if ((kind === 'at_least' || kind === 'at_most') && type.lanes > 1) return [{ kind: 'select', type }]
  if ((kind === 'div' || kind === 'rem') && type.lanes > 1)
    return [{ kind, type: { elem: type.elem, lanes: 1 } }]
  if (kind === 'to' && from !== undefined && type.lanes > 1) {
    return [
      { kind: 'select', type: from },
      { kind: 'select', type },
      { kind: 'splat', type },
      { kind: 'splat', type: lanesOf(f32) },
    ]
  }
  return []
}

/** The lesser or the greater: of equal ones, which may be zeros, by their sign; NaN (the sum) if either is NaN. */
const extreme = (kind: 'min' | 'max', type: RegType): string => {
  const test = kind === 'min' ? '<' : '>'
  const join = kind === 'min' ? '|' : '&'
  const select = helperName({ kind: 'select', type })
  const [T, M] = [cType(type), maskOf(type)]
  if (!isFloat(type.elem))
    return type.lanes === 1 ? `return x ${test} y ? x : y;` : `return ${select}(x ${test} y, x, y);`
  if (type.lanes > 1) {
    const equal = `(${T})((${M})x ${join} (${M})y)`
    return `return ${select}(x ${test} y, x, ${select}(y ${test} x, y, ${select}(x == y, ${equal}, x + y)));`
  }
  const equal =
    type.elem === 'f32'
      ? `bits_f32_u32(bits_u32_f32(x) ${join} bits_u32_f32(y))`
      : `(__builtin_signbit(x) ? ${kind === 'min' ? 'x : y' : 'y : x'})`
  return `return x ${test} y ? x : y ${test} x ? y : x == y ? ${equal} : x + y;`
}

/** `c ? x : y` for scalars and for vectors. */
const eitherOr = (type: RegType, c: string, x: string, y: string): string =>
  type.lanes === 1
    ? `return ${c} ? ${x} : ${y};`
    : `return ${helperName({ kind: 'select', type })}(${c}, ${x}, ${y});`

const builtins = { sqrt: 'sqrt', ceil: 'ceil', floor: 'floor', trunc: 'trunc', nearest: 'rint' } as const

/** sqrt and the roundings; `rint` rounds to even, as the rounding mode is never changed. */
const rounded = (kind: keyof typeof builtins, type: RegType): string => {
  const builtin = `__builtin_${builtins[kind]}${type.elem === 'f32' ? 'f' : ''}`
  return type.lanes === 1 ? `return ${builtin}(x);` : eachLane(type, `${builtin}(x[l])`)
}

const absolute = (type: RegType): string => {
  const { elem, lanes } = type
  if (!isFloat(elem))
    return lanes === 1
      ? 'return x < 0 ? -x : x;'
      : `return ${helperName({ kind: 'select', type })}(x < 0, -x, x);`
  if (lanes === 1) return `return __builtin_fabs${elem === 'f32' ? 'f' : ''}(x);`
  return `return (${cType(type)})((${maskOf(type)})x & 0x7fffffff);`
}

/** A zero of its sign where it is denormal, by the exponent's bits. */
const flushing = (type: RegType): string => {
  const [T, M] = [cType(type), maskOf(type)]
  return type.lanes === 1
    ? 'return x > -0x1p-126f && x < 0x1p-126f ? x * 0.0f : x;'
    : `return (${T})((${M})x & ~((((${M})x & 0x7f800000) == 0) & 0x7fffffff));`
}

/** Total integer division: x / 0 has all bits set, x rem 0 is x, and the least i32 over -1 wraps to itself. */
const division = (kind: 'div' | 'rem', type: RegType): string => {
  const { elem, lanes } = type
  if (lanes > 1) {
    const scalar = helperName({ kind, type: { elem, lanes: 1 } })
    return eachLane(type, `${scalar}(x[l], y[l])`)
  }
  const zero = kind === 'rem' ? 'x' : elem === 'i32' ? '-1' : '0xffffffffu'
  const negative = elem === 'u32' ? '' : `y == -1 ? ${kind === 'rem' ? '0' : '-x'} : `
  return `return y == 0 ? ${zero} : ${negative}x ${kind === 'div' ? '/' : '%'} y;`
}

/** Float to integer; the first double past the range on either side also is, or rounds to, a float that is. */
const truncation = (type: RegType, from: RegType): string => {
  const { elem, lanes } = type
  const unsigned = elem === 'u32'
  const suffix = from.elem === 'f32' ? 'f' : ''
  const [above, below] = unsigned ? ['4294967296.0', '-1.0'] : ['2147483648.0', '-2147483649.0']
  const [most, least] = unsigned ? ['0xffffffffu', '0u'] : ['2147483647', '(-2147483647 - 1)']
  if (lanes === 1) {
    const inside = `x > ${below}${suffix} ? (${elem})x : ${unsigned ? '' : 'x == x ? '}${least}${unsigned ? '' : ' : 0'}`
    return `return x >= ${above}${suffix} ? ${most} : ${inside};`
  }
  const [T, F] = [cType(type), cType(from)]
  const [select, selectFrom] = [
    helperName({ kind: 'select', type }),
    helperName({ kind: 'select', type: from }),
  ]
  const [splat, splatFrom] = [helperName({ kind: 'splat', type }), helperName({ kind: 'splat', type: from })]
  return [
    `${F} inside = ${selectFrom}((x > ${below}f) & (x < ${above}f), x, ${splatFrom}(0.0f));`,
    `${T} r = ${select}(x >= ${above}f, ${splat}(${most}), __builtin_convertvector(inside, ${T}));`,
    `return ${unsigned ? 'r' : `${select}(x <= ${below}f, ${splat}(${least}), r)`};`,
  ].join(' ')
}

/** x * y + z: one rounding where the machine multiplies and adds in one instruction (`DENSOR_FMA`), else two. */
const mulAdd = (type: RegType): string => {
  const { elem, lanes } = type
  if (!isFloat(elem)) return 'return x * y + z;'
  const builtin = `__builtin_fma${elem === 'f32' ? 'f' : ''}`
  const fused = lanes === 1 ? `return ${builtin}(x, y, z);` : eachLane(type, `${builtin}(x[l], y[l], z[l])`)
  return fused
}

const bodyOf = (helper: Helper): string => {
  const { kind, type, from } = helper
  const T = cType(type)
  switch (kind) {
    case 'select':
      return type.elem === 'bool' || type.elem === 'i32'
        ? 'return (c & x) | (~c & y);'
        : `return (${T})((c & (${maskOf(type)})x) | (~c & (${maskOf(type)})y));`
    case 'at_least':
      return eitherOr(type, 'x < y', 'y', 'x')
    case 'at_most':
      return eitherOr(type, 'x > y', 'y', 'x')
    case 'positive':
      return type.lanes === 1 ? 'return x <= 0 ? 0 : x;' : `return (${T})((${maskOf(type)})x & ~(x <= 0));`
    case 'min':
    case 'max':
      return extreme(kind, type)
    case 'abs':
      return absolute(type)
    case 'flush':
      return flushing(type)
    case 'sqrt':
    case 'ceil':
    case 'floor':
    case 'trunc':
    case 'nearest':
      return rounded(kind, type)
    case 'div':
    case 'rem':
      return division(kind, type)
    case 'splat':
      return `return (${T}){${Array.from({ length: type.lanes }, () => 'x').join(', ')}};`
    case 'mul_add':
      return mulAdd(type)
    case 'to':
      if (from === undefined) throw bug('a conversion has an operand')
      return truncation(type, from)
    case 'bits':
      return `${T} r; __builtin_memcpy(&r, &x, 4); return r;`
    default:
      return kind satisfies never
  }
}

const paramsOf = ({ kind, type, from }: Helper): string => {
  const T = cType(type)
  switch (kind) {
    case 'select':
      return `${maskOf(type)} c, ${T} x, ${T} y`
    case 'min':
    case 'max':
    case 'at_least':
    case 'at_most':
    case 'div':
    case 'rem':
      return `${T} x, ${T} y`
    case 'mul_add':
      return `${T} x, ${T} y, ${T} z`
    case 'splat':
      return `${cType({ elem: type.elem, lanes: 1 })} x`
    default:
      return `${cType(from ?? type)} x`
  }
}

/** The body on lines of its own: the ways to do it, each on its condition, and the one that is left. */
const cases = (
  ways: readonly (readonly [condition: string, statement: string])[],
  otherwise: string,
): string =>
  [
    '',
    ...ways.flatMap(([condition, statement], i) => [
      `${i === 0 ? '#if' : '#elif'} ${condition}`,
      `  ${statement}`,
    ]),
    '#else',
    `  ${otherwise}`,
    '#endif',
    '',
  ].join('\n')

/** The definition of a helper in C. */
export const helperText = (helper: Helper): string => {
  const { kind, type } = helper
  const body = bodyOf(helper)
  const intrinsic = intrinsicOf(kind, type)
  const isFused = kind === 'mul_add' && isFloat(type.elem)
  const portable = elementwiseOf(kind, type)
  const ways: (readonly [string, string])[] = []
  if (isFused) ways.push(['!defined(DENSOR_FMA)', 'return x * y + z;'])
  if (intrinsic !== undefined)
    ways.push([`defined(${intrinsic.macro}) && !defined(__clang__)`, `return ${intrinsic.call};`])
  if (portable !== undefined)
    ways.push([`__has_builtin(${portable})`, `return ${portable}(${isFused ? 'x, y, z' : 'x'});`])
  const text = ways.length === 0 ? ` ${body} ` : cases(ways, body)
  return `static inline ${cType(type)} ${helperName(helper)}(${paramsOf(helper)}) {${text}}`
}
