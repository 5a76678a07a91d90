import { paint } from '#platform'
import { boxTable, type Column } from '../table.js'
import { compactBytes, compactCount, percent } from '../text.js'
import type { Bound, Cause, KernelProfile, Profile } from './measure.js'

/** A time in the unit that fits it: `1.24 ms`, `873 ns`. */
export const showTime = (seconds: number): string => {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`
  const units = ['ms', 'µs', 'ns'] as const
  const scales = [1e-3, 1e-6, 1e-9]
  const at = Math.max(
    0,
    scales.findIndex(scale => seconds >= scale),
  )
  const last = seconds < 1e-9 ? 2 : at
  const value = seconds / (scales[last] ?? 1)
  return `${value < 100 ? value.toPrecision(3) : value.toFixed(0)} ${units[last]}`
}

/** `41.2 GFLOP/s`; a dash if it took no measurable time. */
export const showFlops = (flops: number, seconds: number): string =>
  seconds === 0 ? '–' : `${compactCount(flops / seconds)}FLOP/s`

/** `12.3 GB/s`, of bytes by the thousand. */
export const showTraffic = (bytes: number, seconds: number): string =>
  seconds === 0 ? '–' : `${compactCount(bytes / seconds)}B/s`

/** What the figure of a bound is called. */
export const boundNames: { readonly [B in Bound]: string } = {
  arithmetic: 'of multiply-adds',
  cache: 'of a copy in cache',
  memory: 'of a copy in memory',
}

/** The speed of a kernel that is compared with its peak: what it computes, or what it moves. */
export const speedOf = ({ bound, flops, bytes, seconds }: KernelProfile): string =>
  bound === 'arithmetic' ? showFlops(flops, seconds) : showTraffic(bytes, seconds)

/** `layer1 (dense, model.ts:12)` */
export const showCause = ({ path, kind, line }: Cause): string => {
  const more = [kind, line].filter(word => word !== undefined).join(', ')
  return more === '' ? path : `${path} (${more})`
}

/** The totals of a profile as label and value. */
export const profileFacts = (profile: Profile): readonly (readonly [label: string, value: string])[] => {
  const { peaks, seconds, stepSeconds, kernels, samples, batch, arenaBytes } = profile
  const flops = kernels.reduce((n, kernel) => n + kernel.flops, 0)
  return [
    ['One step', `${showTime(stepSeconds)}, ${compactCount(batch / stepSeconds)} samples/s`],
    ['Sum of its kernels', `${showTime(seconds)}, lower quartiles of ${samples} steps`],
    ['Arithmetic', `${showFlops(flops, seconds)}, ${percent(flops / seconds / peaks.flops)} of the peak`],
    ['Peak of multiply-adds in registers', showFlops(peaks.flops, 1)],
    ['Peak of a copy in memory', showTraffic(peaks.memory, 1)],
    ['Peak of a copy in cache', showTraffic(peaks.cache, 1)],
    ['Arena', compactBytes(arenaBytes)],
  ]
}

const title = ({ model, step, target, batch, kernels }: Profile): string =>
  `${model}: the step of ${step}, batch ${batch}, ${kernels.length} kernels for ${target}, one thread`

const COLUMNS: readonly Column[] = [
  { head: 'Kernel', side: 'left' },
  { head: 'Time', side: 'right' },
  { head: 'Share', side: 'right' },
  { head: 'Speed', side: 'right' },
  { head: 'Of peak', side: 'right' },
  { head: 'Layers', side: 'left' },
]

/**
 * A profile as text: a table of kernels, the slowest first, and the totals.
 *
 * @example
 * ```ts
 * import { dense, formatProfile, input, profile, sequential } from 'densor'
 *
 * const model = sequential(input(784), dense(10, 'softmax'))
 * console.log(formatProfile(await profile(model, { seconds: 0.2 })))
 * ```
 */
export const formatProfile = (profile: Profile): string => {
  const rows = [...profile.kernels]
    .sort((a, b) => b.seconds - a.seconds)
    .map(kernel => [
      `${kernel.name} ${paint.dim(summaryOfEquations(kernel.equations))}`,
      showTime(kernel.seconds),
      percent(kernel.share),
      speedOf(kernel),
      `${percent(kernel.ofPeak, 0)} ${kernel.bound}`,
      kernel.causes.length === 0 ? 'a copy to an output' : kernel.causes.map(showCause).join('\n'),
    ])
  const facts = profileFacts(profile).map(([label, value]) => ` ${label}: ${value}`)
  return [title(profile), boxTable(COLUMNS, rows), ...facts].join('\n')
}

/** What a kernel computes in few words: its heaviest equation, and how many more. */
export const summaryOfEquations = (equations: readonly string[]): string => {
  const heavy = ['dot_general', 'convolution', 'reduce', 'random_bits', 'exponential']
  const first = heavy.find(prim => equations.includes(prim)) ?? equations[0] ?? 'copy'
  return equations.length < 2 ? first : `${first} + ${equations.length - 1}`
}
