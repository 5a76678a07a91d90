import { compact } from '../text.js'
import { escapeHtml } from './html.js'

/** One line of a chart; `values[i]` belongs to epoch `i`. */
export interface Series {
  readonly label: string
  /** Which colour of the page it takes. */
  readonly tone: 'train' | 'held-out'
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  readonly series: readonly Series[]
  readonly unit: 'number' | 'percent'
}

const WIDTH = 480
const HEIGHT = 264
const LEFT = 46
const RIGHT = 14
const TOP = 14
const BOTTOM = 30

/** Round steps of 1, 2 or 5 times a power of ten that cut [low, high] into about `count` parts. */
export const ticks = (low: number, high: number, count: number): readonly number[] => {
  const span = high - low || 1
  const power = 10 ** Math.floor(Math.log10(span / count))
  const step = power * ([1, 2, 5, 10].find(m => m * power >= span / count) ?? 10)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

const show = (chart: Chart, x: number): string =>
  chart.unit === 'percent' ? `${(100 * x).toFixed(2)} %` : compact(x)

const tickLabel = (chart: Chart, x: number): string =>
  chart.unit === 'percent' ? `${Number((100 * x).toFixed(2))}%` : String(x)

interface Scale {
  readonly x: (epoch: number) => number
  readonly y: (value: number) => number
  readonly yTicks: readonly number[]
  readonly epochs: number
}

const scaleOf = (chart: Chart): Scale => {
  const finite = chart.series.flatMap(s => s.values).filter(Number.isFinite)
  const percent = chart.unit === 'percent'
  // No spread: an array of a hundred thousand epochs is more arguments than a call may have.
  const low = finite.reduce((least, value) => Math.min(least, value), percent ? 1 : 0)
  const high = finite.reduce((most, value) => Math.max(most, value), low + (percent ? 0.01 : 1e-6))
  const yTicks = ticks(low, high, 4)
  const bottom = yTicks[0] ?? 0
  const top = yTicks.at(-1) ?? 1
  const epochs = Math.max(...chart.series.map(s => s.values.length), 1)
  return {
    x: epoch => LEFT + ((WIDTH - LEFT - RIGHT) * epoch) / Math.max(epochs - 1, 1),
    y: value => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (value - bottom)) / (top - bottom),
    yTicks,
    epochs,
  }
}

const xTicks = (epochs: number): readonly number[] => {
  const step =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(s => epochs / s <= 10) ?? Math.ceil(epochs / 10)
  return Array.from({ length: epochs }, (_, i) => i + 1).filter(
    n => n === 1 || (n % step === 0 && n - 1 > step / 2),
  )
}

const line = (series: Series, scale: Scale): string => {
  const points = series.values.flatMap((v, i) =>
    Number.isFinite(v) ? [`${scale.x(i).toFixed(1)},${scale.y(v).toFixed(1)}`] : [],
  )
  const [only] = points
  if (points.length === 1 && only !== undefined) {
    const [x, y] = only.split(',')
    return `<circle class="dot ${series.tone}" cx="${x}" cy="${y}" r="3.5"/>`
  }
  return `<polyline class="line ${series.tone}" points="${points.join(' ')}"/>`
}

/**
 * A figure with a line chart as SVG; the page's script reads its data attributes to show values under the
 * pointer.
 */
export const chartFigure = (chart: Chart): string => {
  const scale = scaleOf(chart)
  const grid = scale.yTicks.map(t => {
    const y = scale.y(t).toFixed(1)
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>
<text class="tick" x="${LEFT - 8}" y="${y}" dy="0.34em" text-anchor="end">${tickLabel(chart, t)}</text>`
  })
  const bottom = xTicks(scale.epochs).map(
    n =>
      `<text class="tick" x="${scale.x(n - 1).toFixed(1)}" y="${HEIGHT - 9}" text-anchor="middle">${n}</text>`,
  )
  const data = chart.series.map(s => ({
    label: s.label,
    tone: s.tone,
    points: s.values.map((v, i) =>
      [scale.x(i), Number.isFinite(v) ? scale.y(v) : 0].map(p => Math.round(p * 10) / 10),
    ),
    shown: s.values.map(v => show(chart, v)),
  }))
  const legend = chart.series.map(s => {
    const last = show(chart, s.values.at(-1) ?? Number.NaN)
    return `<span class="key ${s.tone}">${escapeHtml(s.label)} <b>${escapeHtml(last)}</b></span>`
  })
  const spoken = chart.series.map(s => `${s.label}: ${s.values.map(v => show(chart, v)).join(', ')}`)
  const label = `${chart.title} by epoch. ${spoken.join('. ')}`
  const marks = chart.series.map(s => `<circle class="mark ${s.tone}" r="4.5"/>`)
  const shown = JSON.stringify({ width: WIDTH, top: TOP, bottom: HEIGHT - BOTTOM, series: data })
  return `<figure class="chart">
<figcaption><h3>${escapeHtml(chart.title)}</h3><div class="keys">${legend.join('')}</div></figcaption>
<div class="plot" data-chart="${escapeHtml(shown)}">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">
${grid.join('\n')}
${bottom.join('')}
${chart.series.map(s => line(s, scale)).join('\n')}
<g class="cursor" visibility="hidden"><line class="rule"/>${marks.join('')}</g>
</svg>
<div class="tip" hidden></div>
</div>
</figure>`
}
