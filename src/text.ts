/** A whole number in groups of three: 203530 -> 203,530. (toLocaleString loads 50 ms worth of tables.) */
export const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')

/** A share in percent: 0.9565 -> 95.7 %. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

/** A number in few characters, for axes, bars and tooltips: 0.0712, 3.200, 1200. */
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

/** Bytes as Keras writes them: 1024 to the next unit, two decimals. */
export const compactBytes = (bytes: number): string => scaled(bytes, 1024, ['B', 'KB', 'MB', 'GB', 'TB'])

/** A count with a decimal prefix: 1218048 -> 1.22 M. */
export const compactCount = (n: number): string => scaled(n, 1000, ['', 'k', 'M', 'G', 'T'])

/** Seconds as a clock shows them: 0.42 s, 12.3 s, 2 min 05 s, 1 h 02 min. */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  const pad = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return minutes < 60
    ? `${minutes} min ${pad(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}
