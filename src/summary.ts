import { boxTable, type Column } from './table.js'
import { compactBytes, compactCount, grouped } from './text.js'

/** One layer of a model, as the summary lists it. */
export interface SummaryRow {
  /** Its name in the model, e.g. `layer0`. */
  readonly name: string
  /** Its kind, e.g. `dense`. */
  readonly kind: string
  /** Its output's shape, the batch as `N`, e.g. `[N, 256]`. */
  readonly output: string
  readonly params: number
}

/** What the compiler made of a model. */
export interface CompiledSummary {
  /** Which step was compiled: of training, or of prediction. */
  readonly step: 'training' | 'prediction'
  readonly target: string
  /** Threads that share its kernels. */
  readonly threads: number
  readonly batch: number
  readonly kernels: number
  /** Floating-point operations of one step, divided by its samples. */
  readonly flopsPerSample: number
  /** Bytes of memory that the plan owns: weights, moments, activations, gradients. */
  readonly arenaBytes: number
  /** Milliseconds from the model to code that is ready to run. */
  readonly compileMs: number
}

/** A model in numbers: its layers, its parameters, what the compiler made of it. */
export interface Summary {
  readonly model: string
  readonly rows: readonly SummaryRow[]
  readonly trainable: number
  readonly nonTrainable: number
  /** Numbers that the optimizer keeps beside the weights; known once the model is compiled with one. */
  readonly optimizer?: number
  readonly compiled?: CompiledSummary
}

const params = (count: number): string => `${grouped(count)} (${compactBytes(4 * count)})`

/**
 * The lines that `formatSummary` prints below its table, as pairs of label and value: the numbers of
 * parameters, and what the compiler made of the model.
 *
 * @example
 * ```ts
 * import { dense, input, sequential, summary, summaryFacts } from 'densor'
 *
 * const model = sequential(input(784), dense(128, 'relu'), dense(10, 'softmax'))
 * for (const [label, value] of summaryFacts(await summary(model))) console.log(`${label}: ${value}`)
 * ```
 */
export const summaryFacts = (summary: Summary): readonly (readonly [label: string, value: string])[] => {
  const { trainable, nonTrainable, optimizer, compiled } = summary
  return [
    ['Total params', params(trainable + nonTrainable + (optimizer ?? 0))],
    ['Trainable params', params(trainable)],
    ['Non-trainable params', params(nonTrainable)],
    ...(optimizer === undefined ? [] : [['Optimizer params', params(optimizer)] as const]),
    ...(compiled === undefined ? [] : compiledFacts(compiled)),
  ]
}

const compiledFacts = (c: CompiledSummary): readonly (readonly [string, string])[] => [
  [
    c.step === 'training' ? 'Training step' : 'Prediction step',
    `${c.kernels} ${c.kernels === 1 ? 'kernel' : 'kernels'} for ${c.target}${c.threads === 1 ? '' : ` on ${c.threads} threads`}, batch ${c.batch}, compiled in ${c.compileMs.toFixed(0)} ms`,
  ],
  ['FLOPs per sample', compactCount(c.flopsPerSample)],
  ['Arena', compactBytes(c.arenaBytes)],
]

const COLUMNS: readonly Column[] = [
  { head: 'Layer (type)', side: 'left' },
  { head: 'Output shape', side: 'left' },
  { head: 'Param #', side: 'right' },
]

/**
 * A summary as text, laid out as Keras prints it: a table of layers, the totals, then the compiler's part.
 *
 * @example
 * ```ts
 * import { dense, formatSummary, input, sequential, summary } from 'densor'
 *
 * const model = sequential(input(784), dense(128, 'relu'), dense(10, 'softmax'))
 * console.log(formatSummary(await summary(model)))
 * ```
 */
export const formatSummary = (summary: Summary): string => {
  const rows = summary.rows.map(row => [`${row.name} (${row.kind})`, row.output, grouped(row.params)])
  const facts = summaryFacts(summary).map(([label, value]) => ` ${label}: ${value}`)
  return [`Model: "${summary.model}"`, boxTable(COLUMNS, rows), ...facts].join('\n')
}
