import { activation, dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { residual } from '../../dsl/layers/residual.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import { reshape } from '../../dsl/ops.js'
import type { LayerFn } from '../../dsl/types/layer.js'
import type { ActivationName } from '../../dsl/types/options.js'
import { sizeOf } from '../../runtime/dtype.js'
import type { DenseWish, WindowWish, Wish } from './wishes.js'
import { divisorsOf, onImages } from './written-windows.js'

/** A layer, how it is written, and the shape after it, without the batch. */
export interface Written {
  readonly text: string
  /** Makes the layer; throws where its constructor refuses what `text` says. */
  readonly make: () => LayerFn
  readonly after: readonly number[]
}

/** Something that stands between two layers of a row. */
export type Visitor = (before: readonly number[]) => readonly Written[]

/** What is known on the way through a model: names that are not taken yet, and who looks at every gap. */
export interface Writer {
  readonly freshName: () => string
  readonly visit: Visitor
}

/** Names `a`, `b`, … `z`, `a1`, … in turn. */
export const writerWith = (visit: Visitor): Writer => {
  let next = 0
  const freshName = (): string => {
    const letter = String.fromCharCode('a'.charCodeAt(0) + (next % 26))
    const round = Math.floor(next++ / 26)
    return round === 0 ? letter : `${letter}${round}`
  }
  return { freshName, visit }
}

/** A row of layers for data of shape `input`, as the wishes say, with whatever the visitor puts between them. */
export const rowOf = (
  wishes: readonly Wish[],
  input: readonly number[],
  writer: Writer,
): readonly Written[] => {
  const row: Written[] = []
  const shape = (): readonly number[] => row.at(-1)?.after ?? input
  for (const wish of wishes) {
    row.push(...writer.visit(shape()))
    row.push(layerOf(wish, shape(), writer))
  }
  row.push(...writer.visit(shape()))
  return row
}

const layerOf = (wish: Wish, before: readonly number[], writer: Writer): Written => {
  switch (wish.kind) {
    case 'dense':
      return denseLayer(wish, before, writer)
    case 'batchNorm':
      return { text: 'batchNorm()', make: () => batchNorm(), after: before }
    case 'layerNorm':
      return wish.center
        ? { text: 'layerNorm()', make: () => layerNorm(), after: before }
        : { text: 'layerNorm({ center: false })', make: () => layerNorm({ center: false }), after: before }
    case 'dropout':
      return { text: `dropout(${wish.rate})`, make: () => dropout(wish.rate), after: before }
    case 'activation':
      return {
        text: `activation('${wish.activation}')`,
        make: () => activation(wish.activation),
        after: before,
      }
    case 'flatten':
      return { text: 'flatten()', make: () => flatten(), after: [sizeOf(before)] }
    case 'reshape':
      return reshapeTo(factored(wish.choice, before), wish.fill)
    case 'window':
      return windowLayer(wish, before)
    case 'seq':
      return seqOf(rowOf(wish.inner, before, writer))
    case 'residual':
      return residualOf(closed(rowOf(wish.inner, before, writer), before))
    default:
      return wish satisfies never
  }
}

/** What a dense layer may be told, here. */
export interface DenseDetails {
  readonly activation?: ActivationName
  readonly in?: number
  readonly useBias?: boolean
  readonly batchNormalization?: boolean
}

const denseLayer = (wish: DenseWish, before: readonly number[], { freshName }: Writer): Written => {
  const { units, activation: name, named, stated, bare, normalized } = wish
  const plain = denseOf(units, before, {
    ...(name === undefined ? {} : { activation: name }),
    ...(stated ? { in: lastOf(before) } : {}),
    ...(bare ? { useBias: false } : {}),
    ...(normalized ? { batchNormalization: true } : {}),
  })
  return named ? namedAs(freshName(), plain) : plain
}

/** A dense layer; an activation on its own is written as such. */
export const denseOf = (units: number, before: readonly number[], details: DenseDetails = {}): Unnamed => {
  const { activation: name, ...others } = details
  const options = Object.keys(others).length === 0 ? name : details
  const make = () => (options === undefined ? dense(units) : dense(units, options))
  return {
    text: `dense(${units}${options === undefined ? '' : `, ${literal(options)}`})`,
    make,
    named: name => make().as(name),
    after: before.with(-1, units),
  }
}

/** A layer that can be named. */
export interface Unnamed extends Written {
  readonly named: (name: string) => LayerFn
}

/** The layer under a name. */
export const namedAs = (name: string, { text, named, after }: Unnamed): Written => ({
  text: `${text}.as('${name}')`,
  make: () => named(name),
  after,
})

const literal = (value: string | DenseDetails): string =>
  typeof value === 'string'
    ? `'${value}'`
    : `{ ${Object.entries(value)
        .map(([key, x]) => `${key}: ${typeof x === 'string' ? `'${x}'` : x}`)
        .join(', ')} }`

/** Two dimensions that hold the elements of a shape: one of the possible pairs. */
const factored = (choice: number, before: readonly number[]): readonly number[] => {
  const size = sizeOf(before)
  const divisors = divisorsOf(size)
  const rows = divisors[choice % divisors.length] ?? 1
  return [rows, size / rows]
}

/** A layer that looks through windows; what is not an image becomes one first. */
const windowLayer = (wish: WindowWish, before: readonly number[]): Written => {
  if (before.length === 3) return onImages(wish, before)
  const [pixels = 1, channels = 1] = factored(wish.choice, before)
  const image = [...factored(wish.choice >> 1, [pixels]), channels]
  return seqOf([reshapeTo(image), onImages(wish, image)])
}

/** A reshape; with `fill` the first dimension is left for it to find. */
export const reshapeTo = (to: readonly number[], fill = false): Written => {
  const written = fill ? [-1, ...to.slice(1)] : to
  return { text: `reshape([${written.join(', ')}])`, make: () => reshape(written), after: to }
}

/** Layers as one layer. */
export const seqOf = (row: readonly Written[]): Written => ({
  text: `seq(${textOf(row)})`,
  make: () => seq(...row.map(({ make }) => make())),
  after: row.at(-1)?.after ?? [],
})

/** A row as a block with its input added; the row must keep the shape. */
export const residualOf = (row: readonly Written[]): Written => {
  const [only, ...more] = row
  const block = only === undefined || more.length > 0 ? seqOf(row) : only
  return { text: `residual(${block.text})`, make: () => residual(block.make()), after: block.after }
}

/** The row with what it takes at its end to give the shape that went in. */
const closed = (row: readonly Written[], before: readonly number[]): readonly Written[] => {
  const after = row.at(-1)?.after ?? before
  if (after.join() === before.join()) return row
  if (after.slice(0, -1).join() === before.slice(0, -1).join())
    return [...row, denseOf(lastOf(before), after)]
  const flat: Written = { text: 'flatten()', make: () => flatten(), after: [sizeOf(after)] }
  const wide = denseOf(sizeOf(before), flat.after)
  return before.length === 1 ? [...row, flat, wide] : [...row, flat, wide, reshapeTo(before)]
}

/** The last dimension; shapes without the batch have one. */
export const lastOf = (shape: readonly number[]): number => shape.at(-1) ?? 1

/** Layers as arguments. */
export const textOf = (row: readonly Written[]): string => row.map(({ text }) => text).join(', ')
