/** A tensor as `console.log` shows it. */
import { sizeOf } from '../runtime/dtype.js'

/** What is printed of each dimension: this many elements at its begin, and as many at its end. */
const SHOWN = 3

/** What has elements in some shape. */
interface Printable {
  readonly dims: readonly number[]
  readonly dtype: string
  readonly data: ArrayLike<number>
}

const short = (x: number | undefined): string => (x === undefined ? '?' : String(Number(x.toPrecision(5))))

/** The elements from `at` on, nested; what lies in the middle of a long dimension is left out. */
const nested = ({ dims, data }: Printable, level: number, at: number): string => {
  const [length, ...inner] = dims.slice(level)
  if (length === undefined) return short(data[at])
  const width = sizeOf(inner)
  const shown = Array.from({ length }, (_, i) => i).filter(i => i < SHOWN || i >= length - SHOWN)
  const parts = shown.map(i => nested({ dims, data, dtype: '' }, level + 1, at + i * width))
  if (shown.length < length) parts.splice(SHOWN, 0, '…')
  return inner.length === 0
    ? `[${parts.join(', ')}]`
    : `[${parts.join(`,${'\n'.repeat(inner.length)}${' '.repeat(level + 1)}`)}]`
}

/** The shape, the dtype and the numbers, of which the middle of long dimensions is left out. */
export const printed = (x: Printable): string =>
  `tensor [${x.dims.join(', ')}] ${x.dtype}\n${nested(x, 0, 0)}`
