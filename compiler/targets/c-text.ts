import type { Elem, RegType } from '../loop/ir.js'

/*
 * Names, literals and comments of the C that densor prints. Whatever a name or a comment holds, it comes out as one
 * identifier of ours or as one line of a comment.
 */

/** The C type of a register: f32, f64, i32, u32, or such with `xN`; a bool is i32, as a vector a mask of 0 and -1. */
export const cType = ({ elem, lanes }: RegType): string => {
  const scalar = elem === 'bool' ? 'i32' : elem
  return lanes === 1 ? scalar : `${scalar}x${lanes}`
}

/** The comment on one line: no backslash that would join lines or begin a trigraph's, no `*` before `/`, ASCII only. */
export const cComment = (text: string): string =>
  `/* ${text.replace(/[^ -~]|[\\?]/g, '.').replace(/\*(?=\/)|\/(?=\*)/g, '.')} */`

/** The identifier of an exported function in the library, whatever its name holds. */
export const exportedSymbol = (name: string): string => `densor_${plain(name)}`

const plain = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_')

const keywords = [
  ...'auto break case char const continue default do double else enum extern float for goto if inline int'.split(
    ' ',
  ),
  ...'long register restrict return short signed sizeof static struct switch typedef typeof union unsigned'.split(
    ' ',
  ),
  ...'void volatile while asm fortran linux unix bool true false nullptr constexpr alignas alignof thread_local'.split(
    ' ',
  ),
  'static_assert',
  'typeof_unqual',
]

/** True for what the printed C uses itself: the memory, types, helpers such as `max_f32x4`, and `k_…` and `densor_…`. */
const isOurs = (id: string): boolean =>
  id === 'm' || id === 'u8' || /(^|_)(f32|f64|i32|u32)(x\d+)?(_m)?$|_t$|^k_|^densor_|__|^_|[A-Z]/.test(id)

/** Gives each name of ours one C identifier, never twice the same and never a word of C. */
export class CNames {
  private readonly given = new Map<string, string>()
  private readonly taken = new Set<string>(keywords)

  /** The identifier of `name`: always the same. */
  of(name: string): string {
    const known = this.given.get(name)
    if (known !== undefined) return known
    const id = this.fresh(name)
    this.given.set(name, id)
    return id
  }

  /** An identifier like `name` that nothing else has. */
  fresh(name: string): string {
    const letters = plain(name)
    const isPlain = /^[a-z]/.test(letters) && !isOurs(letters)
    const base = isPlain
      ? letters
      : `v_${letters
          .toLowerCase()
          .replace(/^_+|_+$/g, '')
          .replace(/_+/g, '_')}`
    let id = base
    for (let n = 1; this.taken.has(id) || isOurs(id); n++) id = `${base.replace(/_+$/, '')}_n${n}`
    this.taken.add(id)
    return id
  }
}

/** The fewest digits that mean `value` as a float, read directly or by way of a double: far from any midpoint. */
const shortest = (value: number): string => {
  for (let digits = 1; digits <= 8; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value && Math.abs(short - value) <= Math.abs(value) * 2 ** -26)
      return String(short)
  }
  return value.toPrecision(9)
}

const decimal = (digits: string): string => (/[.e]/.test(digits) ? digits : `${digits}.0`)

/** A constant of C that has the bits of the value as one element. */
export const cLiteral = (elem: Elem, value: number): string => {
  switch (elem) {
    case 'f32':
    case 'f64': {
      const suffix = elem === 'f32' ? 'f' : ''
      if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`
      if (!Number.isFinite(value)) return `${value < 0 ? '-' : ''}__builtin_inf${suffix}()`
      if (Object.is(value, -0)) return `-0.0${suffix}`
      return `${decimal(elem === 'f32' ? shortest(value) : String(value))}${suffix}`
    }
    case 'i32':
      return value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value)
    case 'u32':
      return `${value}u`
    case 'bool':
      return value === 0 ? '0' : '1'
    default:
      return elem satisfies never
  }
}
