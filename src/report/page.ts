import { ownOf } from '../../runtime/own.js'
import { type Summary, summaryFacts } from '../summary.js'
import { grouped, percent } from '../text.js'
import type { History } from '../train/history.js'
import { type Chart, chartFigure, type Series } from './chart.js'
import type { Confusion, Mistake } from './classes.js'
import { escapeHtml } from './html.js'
import { inkImage } from './png.js'
import { SCRIPT } from './script.js'
import { STYLE } from './style.js'

/** A wrong prediction with its picture: `pixels` [height, width] from 0 to 1, row by row. */
export interface PicturedMistake extends Mistake {
  readonly pixels: ArrayLike<number>
  readonly width: number
  readonly height: number
}

/** The contents of a report page. */
export interface Report {
  /** The heading of the page. */
  readonly title: string
  /** One or two sentences below it: which model was trained on which data. */
  readonly lead: string
  /** The headline numbers as pairs of label and value; the first is the most important one. */
  readonly facts: readonly (readonly [label: string, value: string])[]
  /** What `fit` gives as `history`. */
  readonly history: History
  /** The confusion matrix, from `confusionOf`. Default: none. */
  readonly confusion?: Confusion
  /** The worst mistakes with their pictures. Default: none. */
  readonly mistakes?: readonly PicturedMistake[]
  /** The number of all mistakes. */
  readonly mistakeCount?: number
  /** The model, from `summary`. */
  readonly summary: Summary
  /** The settings of the training as pairs of label and value. */
  readonly settings: readonly (readonly [label: string, value: string])[]
}

/** What the page may load: what is in it. Of scripts, only the one that bears the word; handlers in attributes do not run. */
const policyOf = (word: string): string =>
  `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-${word}'`

/**
 * A report about a training as the text of one HTML file: curves of loss and metrics, a confusion matrix, the
 * worst mistakes, the model. The page needs no network and runs no script but its own.
 *
 * @example
 * ```ts
 * import { dense, fit, input, renderReport, sequential, summary } from 'densor'
 *
 * const model = sequential(input(1), dense(1))
 * const options = { loss: 'meanSquaredError', epochs: 20, verbose: 'silent' } as const
 * const { history } = await fit(model, { x: [[0], [1]], y: [[1], [3]] }, options)
 * const about = { title: 'A line', lead: 'One neuron learns a line.', facts: [], settings: [] }
 * console.log(renderReport({ ...about, history, summary: await summary(model) }))
 * ```
 */
export const renderReport = (report: Report): string => pageOf(report, crypto.randomUUID())

const pageOf = (report: Report, word: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policyOf(word)}">
<title>${escapeHtml(report.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(report.title)}</h1>
<p class="lead">${escapeHtml(report.lead)}</p>
<dl class="facts card">${report.facts
  .map(([k, v]) => `<div><dt>${escapeHtml(k)}</dt><dd>${escapeHtml(v)}</dd></div>`)
  .join('')}</dl>
</header>
<section class="charts">
${chartsOf(report.history).map(chartFigure).join('\n')}
</section>
${report.confusion === undefined ? '' : confusionSection(report.confusion)}
${report.mistakes === undefined || report.mistakes.length === 0 ? '' : mistakesSection(report)}
${modelSection(report)}
<footer>Written by densor. This page loads nothing from anywhere.</footer>
</main>
<script nonce="${word}">${SCRIPT}</script>
</body>
</html>
`

/** One chart for each metric; `val_…` is the second line of the metric it belongs to. */
const chartsOf = ({ history }: History): readonly Chart[] =>
  Object.keys(history)
    .filter(name => !name.startsWith('val_'))
    .map(name => {
      const heldOut = history[`val_${name}`]
      const train: Series = { label: 'training', tone: 'train', values: ownOf(history, name) ?? [] }
      const share = /accuracy/i.test(name)
      return {
        title: name === 'loss' ? 'Loss' : sentenceCase(name),
        unit: share ? 'percent' : 'number',
        series:
          heldOut === undefined ? [train] : [train, { label: 'held out', tone: 'held-out', values: heldOut }],
      }
    })

const sentenceCase = (name: string): string => {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/_/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const confusionSection = ({ labels, counts }: Confusion): string => {
  const worst = Math.max(5, ...counts.flatMap((row, i) => row.filter((_, j) => i !== j)))
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0)
    const cells = row.map((count, j) =>
      confusionCell(
        count,
        i === j ? count / Math.max(total, 1) : (count / worst) ** 0.8,
        i === j,
        `${labels[i]} seen as ${labels[j]}: ${count} of ${total}`,
      ),
    )
    const recall = total === 0 ? '–' : percent((row[i] ?? 0) / total)
    const label = escapeHtml(labels[i] ?? '')
    return `<tr><th scope="row">${label}</th>${cells.join('')}<td class="recall">${recall}</td></tr>`
  })
  return `<section>
<h2>Confusion matrix</h2>
<p class="about">Each row is the actual class, each column the predicted one. Counts on the diagonal are right; the
warmer a cell off it, the more frequent that mistake. Recall is the fraction of a class that was predicted as such.</p>
<div class="confusion card"><table style="--classes:${labels.length}">
<tr>
<th class="corner" scope="col">actual ↓<br>predicted →</th>
${labels.map(l => `<th scope="col">${escapeHtml(l)}</th>`).join('')}
<th class="recall" scope="col">recall</th>
</tr>
${rows.join('\n')}
</table></div>
</section>`
}

const confusionCell = (count: number, share: number, hit: boolean, title: string): string => {
  if (count === 0) return `<td class="zero" title="${escapeHtml(title)}">·</td>`
  const strong = share > 0.6 ? ' strong' : ''
  const look = `class="${hit ? 'hit' : 'miss'}${strong}" style="--share:${share.toFixed(3)}"`
  return `<td ${look} title="${escapeHtml(title)}">${grouped(count)}</td>`
}

const mistakesSection = (report: Report): string => {
  const mistakes = report.mistakes ?? []
  const labels = report.confusion?.labels ?? []
  const name = (label: number): string => escapeHtml(labels[label] ?? String(label))
  const row = ({ row }: Mistake): string => escapeHtml(String(row))
  const cards = mistakes.map(
    m => `<figure class="mistake card">
<img alt="A ${name(m.truth)} seen as ${name(m.guess)}" src="${inkImage(m.pixels, m.width, m.height)}">
<figcaption><strong>${name(m.truth)}</strong> seen as <em>${name(m.guess)}</em>
<small>${percent(m.confidence)} sure <span class="row" title="row ${row(m)} of the samples">#${row(m)}</span></small></figcaption>
</figure>`,
  )
  const of = report.mistakeCount === undefined ? '' : ` of ${grouped(report.mistakeCount)}`
  return `<section>
<h2>The worst mistakes</h2>
<p class="about">${mistakes.length}${of} mistakes on held-out samples: those whose actual class got the lowest
probability.</p>
<div class="mistakes">${cards.join('\n')}</div>
</section>`
}

const modelSection = ({ summary, settings }: Report): string => {
  const layers = summary.rows.map(
    row =>
      `<tr>
<td>${escapeHtml(row.name)}</td>
<td>${escapeHtml(row.kind)}</td>
<td><code>${escapeHtml(row.output)}</code></td>
<td class="right">${grouped(row.params)}</td>
</tr>`,
  )
  const pairs = (list: readonly (readonly [string, string])[]): string =>
    list
      .map(
        ([k, v]) => `<tr><th scope="row">${escapeHtml(k)}</th><td class="right">${escapeHtml(v)}</td></tr>`,
      )
      .join('\n')
  return `<section>
<h2>The model and its training</h2>
<p class="about">${escapeHtml(summary.model)}</p>
<div class="columns">
<div class="list card"><table>
<thead><tr><th>Layer</th><th>Type</th><th>Output</th><th class="right">Parameters</th></tr></thead>
<tbody>${layers.join('\n')}
${totalsOf(summary)}</tbody>
</table></div>
<div class="list card"><table>${pairs(settings)}</table></div>
</div>
</section>`
}

const totalsOf = (summary: Summary): string =>
  summaryFacts(summary)
    .map(
      ([k, v]) =>
        `<tr><th colspan="2" scope="row">${escapeHtml(k)}</th><td colspan="2" class="right">${escapeHtml(v)}</td></tr>`,
    )
    .join('\n')
