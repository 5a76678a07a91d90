/**
 * A whole number with its digits in groups of three.
 *
 * @example
 * ```ts
 * import { text } from 'densor'
 *
 * console.log(text.grouped(203530)) // 203,530
 * ```
 */
export const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')

/**
 * A fraction in percent. Default of `digits`, the decimals: 1.
 *
 * @example
 * ```ts
 * import { text } from 'densor'
 *
 * console.log(text.percent(0.9565)) // 95.7 %
 * ```
 */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

/**
 * A number in few characters, for axes, bars and tooltips.
 *
 * @example
 * ```ts
 * import { text } from 'densor'
 *
 * console.log(text.compact(0.07123), text.compact(3.2), text.compact(1200)) // 0.0712 3.200 1200
 * ```
 */
export const compact = (x: number): string => {
  if (!Number.isFinite(x)) return String(x)
  const size = Math.abs(x)
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return x.toExponential(2)
  return size >= 100 ? x.toFixed(0) : size >= 1 ? x.toFixed(3) : x.toFixed(4)
}

const scaled = (n: number, base: number, units: readonly string[]): string => {
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(n) / Math.log(base)))
  const value = n / base ** power
  return `${power === 0 ? grouped(value) : value.toFixed(2)} ${units[power] ?? ''}`.trimEnd()
}

/**
 * A number of bytes as Keras writes it: 1024 to the next unit, two decimals.
 *
 * @example
 * ```ts
 * import { text } from 'densor'
 *
 * console.log(text.compactBytes(814120)) // 795.04 KB
 * ```
 */
export const compactBytes = (bytes: number): string => scaled(bytes, 1024, ['B', 'KB', 'MB', 'GB', 'TB'])

/**
 * A count with a decimal prefix and two decimals.
 *
 * @example
 * ```ts
 * import { text } from 'densor'
 *
 * console.log(text.compactCount(1218048)) // 1.22 M
 * ```
 */
export const compactCount = (n: number): string => scaled(n, 1000, ['', 'k', 'M', 'G', 'T'])

/**
 * Seconds as a clock shows them.
 *
 * @example
 * ```ts
 * import { text } from 'densor'
 *
 * console.log(text.duration(0.42), text.duration(125)) // 0.42 s 2 min 05 s
 * ```
 */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  const pad = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return minutes < 60
    ? `${minutes} min ${pad(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}
