/** `densor/csv`: tensors from the text of a CSV file. */
import type * as E from 'fp-ts/lib/Either.js'
import Papa from 'papaparse'
import type { Tensor } from '../dsl/types/layer.js'
import { type Fault, userFault } from '../runtime/fault.js'
import { tensorOf } from './data/tensor.js'
import { attempt } from './errors.js'

/** Which columns of a CSV text are features, and how the text is read. */
export interface CsvOptions<F extends readonly string[]> {
  /** The columns of numbers that make up `x`, in this order. */
  readonly features: F
  /** The character between cells. Default: detected from the text. */
  readonly delimiter?: string
  /** The names of the columns. Default: the first line of the text. */
  readonly columns?: readonly string[]
  /** What to do if a row lacks a cell: refuse the text, or drop the row. Default: 'refuse'. */
  readonly incomplete?: 'refuse' | 'drop'
}

/** Options of `fromCsv` for a text with a column that names the class of each row. */
export interface LabelOptions<F extends readonly string[]> extends CsvOptions<F> {
  /** The column that names the class. */
  readonly label: string
  /** The names of the classes in the order of their numbers. Default: the names in the text, sorted. */
  readonly classes?: readonly string[]
}

/** Options of `fromCsv` for a text with columns of numbers to predict. */
export interface TargetOptions<F extends readonly string[], T extends readonly string[]>
  extends CsvOptions<F> {
  /** The columns of numbers that make up `y`, in this order. */
  readonly targets: T
}

/** The features: a row for each line, a column for each name. */
type Columns<F extends readonly string[]> = Tensor<[number, F['length']]>

/** The forms of `fromCsv`: with a label, with targets, or with features only. */
interface FromCsvFn {
  <const F extends readonly string[]>(
    text: string,
    options: LabelOptions<F>,
  ): E.Either<
    Fault,
    { readonly x: Columns<F>; readonly y: Tensor<[number], 'i32'>; readonly classes: readonly string[] }
  >
  <const F extends readonly string[], const T extends readonly string[]>(
    text: string,
    options: TargetOptions<F, T>,
  ): E.Either<Fault, { readonly x: Columns<F>; readonly y: Columns<T> }>
  <const F extends readonly string[]>(
    text: string,
    options: CsvOptions<F>,
  ): E.Either<Fault, { readonly x: Columns<F> }>
}

/** A text as rows of cells under the names of columns. */
interface Table {
  readonly names: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const tableOf = (text: unknown, { delimiter = '', columns }: CsvOptions<readonly string[]>): Table => {
  if (typeof text !== 'string')
    throw userFault('missing-data', `fromCsv: expected the text of a CSV file, received ${typeof text}`, {
      suggestion: "read it first: await readFile(path, 'utf8'), or await (await fetch(url)).text()",
    })
  const { data } = Papa.parse<readonly string[]>(text.trim(), { delimiter, skipEmptyLines: 'greedy' })
  const [header = [], ...below] = data
  const names = (columns ?? header).map(name => name.trim())
  const rows = columns === undefined ? below : data
  if (rows.length === 0)
    throw userFault('empty-data', 'fromCsv: there are no rows', {
      suggestion: 'for a text without a header line name the columns: { columns: […] }',
    })
  return { names, rows }
}

const placeOfColumn = ({ names }: Table, name: string): number => {
  const at = names.indexOf(name)
  if (at >= 0) return at
  throw userFault('unknown-name', `fromCsv: there is no column '${name}'`, {
    suggestion: `the columns are ${names.map(known => `'${known}'`).join(', ')}`,
  })
}

/** The rows that have all of these cells. Throws `ragged-data` for the first that has not, where it is not dropped. */
const completeRows = (
  { names, rows }: Table,
  places: readonly number[],
  incomplete: 'refuse' | 'drop',
): readonly (readonly string[])[] =>
  rows.filter((row, i) => {
    const missing = places.find(at => (row[at] ?? '').trim() === '')
    if (missing === undefined) return true
    if (incomplete === 'drop') return false
    throw userFault('ragged-data', `fromCsv: row ${i} has no '${names[missing]}'`, {
      notes: ['rows are counted from 0, after the header'],
      suggestion: "fill the cell, or leave such rows out: { incomplete: 'drop' }",
    })
  })

const numbersOf = (
  rows: readonly (readonly string[])[],
  names: readonly string[],
  places: readonly number[],
): Tensor<never> => {
  const data = new Float32Array(rows.length * places.length)
  for (const [i, row] of rows.entries())
    for (const [k, at] of places.entries()) {
      const cell = (row[at] ?? '').trim()
      const x = Number(cell)
      if (Number.isNaN(x))
        throw userFault(
          'not-a-number',
          `fromCsv: '${names[at]}' of row ${i} is '${cell}', expected a number`,
          {
            notes: ['rows are counted from 0, after the header'],
            suggestion: /^-?\d+,\d+$/.test(cell)
              ? 'write numbers with a point: 5.1'
              : 'make a column of words the label, or give each word a number first',
          },
        )
      data[i * places.length + k] = x
    }
  return tensorOf([rows.length, places.length], 'f32', data)
}

const labelsOf = (
  rows: readonly (readonly string[])[],
  at: number,
  given: readonly string[] | undefined,
): { readonly y: Tensor<[number], 'i32'>; readonly classes: readonly string[] } => {
  const words = rows.map(row => (row[at] ?? '').trim())
  const classes = given ?? [...new Set(words)].sort()
  const numbers = new Map(classes.map((name, i) => [name, i]))
  const labels = words.map((word, i) => {
    const number = numbers.get(word)
    if (number !== undefined) return number
    throw userFault('unknown-name', `fromCsv: the class of row ${i} is '${word}'`, {
      suggestion: `the classes that were given are ${classes.join(', ')}`,
    })
  })
  return { y: tensorOf([rows.length], 'i32', Int32Array.from(labels)), classes }
}

/** What the options may hold, before their types. */
interface UntypedCsvOptions extends CsvOptions<readonly string[]> {
  readonly label?: string
  readonly classes?: readonly string[]
  readonly targets?: readonly string[]
}

const read = (text: unknown, options: UntypedCsvOptions): unknown => {
  const { features, label, targets = [], classes, incomplete = 'refuse' } = options ?? {}
  if (!Array.isArray(features) || features.length === 0)
    throw userFault('missing-argument', 'fromCsv: there are no features', {
      suggestion: "name the columns of numbers: { features: ['age', 'height'], label: 'class' }",
    })
  const table = tableOf(text, options)
  const places = (names: readonly string[]) => names.map(name => placeOfColumn(table, name))
  const [ofX, ofY, ofLabel] = [places(features), places(targets), places(label === undefined ? [] : [label])]
  const rows = completeRows(table, [...ofX, ...ofY, ...ofLabel], incomplete)
  if (rows.length === 0) throw userFault('empty-data', 'fromCsv: there is no row that has all cells')
  const x = numbersOf(rows, table.names, ofX)
  const [at] = ofLabel
  if (at !== undefined) return { x, ...labelsOf(rows, at, classes) }
  return ofY.length === 0 ? { x } : { x, y: numbersOf(rows, table.names, ofY) }
}

/**
 * Tensors from the text of a CSV file: `x`, f32 [rows, features], and, if requested, `y` of a `label` (class
 * numbers, i32 [rows], with the names of the `classes`) or of `targets` (numbers, f32 [rows, targets]). Fails
 * with a user fault that names the row and the column: `unknown-name` if a column does not exist,
 * `ragged-data` if a cell is missing, `not-a-number` if a cell is not a number.
 *
 * @example
 * ```ts
 * import { unwrap } from 'densor'
 * import { fromCsv } from 'densor/csv'
 *
 * const text = 'height,weight,kind\n1.2,30,cat\n2.5,80,dog\n'
 * const { x, y, classes } = unwrap(fromCsv(text, { features: ['height', 'weight'], label: 'kind' }))
 * console.log(x.dims, y.data, classes) // [2, 2] Int32Array [0, 1] ['cat', 'dog']
 * ```
 */
export const fromCsv: FromCsvFn = (text: string, options: UntypedCsvOptions) =>
  // The typed edge: the result has what the options request.
  attempt(() => read(text, options) as never)
