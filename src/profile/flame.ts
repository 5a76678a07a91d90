import { escapeHtml } from '../report/html.js'
import { percent } from '../text.js'
import { causesOf } from './causes.js'
import type { KernelProfile, Profile } from './measure.js'
import { showCause, showTime, speedOf } from './table.js'

/** A piece of one row: where it begins and ends, in shares of the step. */
interface Span {
  readonly from: number
  readonly to: number
  /** What it is called, from the longest to the shortest: the first that there is room for is written. */
  readonly labels: readonly [string, ...string[]]
  readonly title: string
  readonly tone: string
}

const WIDTH = 1080
const ROW = 30
const GAP = 3
/** Width of a letter, and of what is left free around a label. */
const LETTER = 6.7
const MARGIN = 14

/**
 * One step as a flame chart, SVG: the step, below it the layers, below those the kernels, all in the order in which
 * they run and as wide as their time.
 */
export const flameChart = (profile: Profile): string => {
  const kernels = kernelSpans(profile.kernels)
  const whole: Span = {
    from: 0,
    to: 1,
    labels: [`${profile.step} · ${showTime(profile.seconds)}`, profile.step],
    title: `${profile.step}: ${showTime(profile.seconds)}`,
    tone: 'step',
  }
  const rows = [[whole], causeSpans(profile.kernels), kernels]
  const height = rows.length * (ROW + GAP) - GAP
  const drawn = rows.flatMap((row, i) => row.map(span => draw(span, i * (ROW + GAP))))
  const label = 'The kernels of one step, as wide as their time'
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${drawn.join('')}</svg>`
}

const draw = ({ from, to, labels, title, tone }: Span, y: number): string => {
  const [x, width] = [from * WIDTH, (to - from) * WIDTH]
  const fits = Math.floor((width - MARGIN) / LETTER)
  const text = labels.find(label => label.length <= fits) ?? ''
  const shown =
    text === ''
      ? ''
      : `<text class="on-${tone}" x="${(x + 7).toFixed(1)}" y="${y + ROW / 2 + 4}">${escapeHtml(text)}</text>`
  const place = `x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW}"`
  return `<g><title>${escapeHtml(title)}</title><rect class="${tone}" ${place} rx="3"/>${shown}</g>`
}

const kernelSpans = (kernels: readonly KernelProfile[]): readonly Span[] => {
  let at = 0
  return kernels.map(kernel => {
    const from = at
    at += kernel.share
    const { name, kind, equations } = kernel
    const title = [
      `${name}: ${showTime(kernel.seconds)}, ${percent(kernel.share)}`,
      `${speedOf(kernel)}, ${percent(kernel.ofPeak, 0)} of the peak`,
      ...causesOf(kernel).map(showCause),
      [...new Set(equations)].join(', '),
    ].join('\n')
    return { from, to: at, labels: [name, name.replace(/^\D+/, '')], title, tone: kind }
  })
}

/** Adjacent kernels that work for the same layers are one span. */
const causeSpans = (kernels: readonly KernelProfile[]): readonly Span[] => {
  const spans: Span[] = []
  let at = 0
  for (const kernel of kernels) {
    const [first = '', ...more] = causesOf(kernel).map(cause => cause.path)
    const labels = [[first, ...more].join(', '), more.length > 0 ? `${first} …` : first] as const
    const title = causesOf(kernel).map(showCause).join('\n')
    const last = spans.at(-1)
    const to = at + kernel.share
    if (last !== undefined && last.labels[0] === labels[0]) spans[spans.length - 1] = { ...last, to }
    else spans.push({ from: at, to, labels, title, tone: 'cause' })
    at = to
  }
  return spans
}
