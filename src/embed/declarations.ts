/** The `.d.ts` of a module: literal shapes, and a sentence for the input that does not fit. */
import { aboutModel, bannerOf } from './banner.js'
import type { EmbedPlan, EmbedPort } from './plan.js'
import type { StorageOptions } from './storage.js'

const head = `/** Rows end to end: a typed array, or an array of numbers. */
export type Rows = ArrayLike<number>

/** Numbers with their dimensions, as densor's tensors are. */
export interface Tensor<S extends readonly unknown[] = readonly unknown[]> {
  readonly '~shape': S
  readonly dims: readonly number[]
  readonly data: ArrayLike<number>
}

type Show<S, Text extends string = ''> = S extends readonly [infer D, ...infer More]
  ? Show<More, \`\${Text}\${Text extends '' ? '' : ', '}\${number extends D ? '?' : D & (number | string)}\`>
  : \`[\${Text}]\`

/** X, or the sentence that refuses it. */
type Fits<X, Row extends readonly unknown[], Sentence extends string> =
  X extends Tensor<infer S> ? (S extends Row ? X : \`\${Sentence}, received \${Show<S>}\`) : X
`

const rowType = (shape: readonly number[], fixed: number): string =>
  `readonly [${[fixed === 0 ? 'unknown' : fixed, ...shape].join(', ')}]`

const rowText = (shape: readonly number[], fixed: number): string =>
  `[${[fixed || 'N', ...shape].join(', ')}]`

const fits = (x: string, what: string, { shape }: EmbedPort, fixed: number): string =>
  `Fits<${x}, ${rowType(shape, fixed)}, ${quoted(`${what}: expected ${rowText(shape, fixed)}`)}>`

/** A string literal of TypeScript in single quotes, whatever is in it. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

const predictOf = ({ inputs, outputs, single, fixed }: EmbedPlan): readonly string[] => {
  const [input] = inputs
  const [output] = outputs
  if (single && input && output)
    return [
      `/** ${rowText(input.shape, fixed)} -> ${rowText(output.shape, fixed)}. Throws a TypeError for an input that does not fit. */`,
      'export declare const predict: <const X extends Rows | Tensor>(',
      `  x: ${fits('X', 'predict', input, fixed)},`,
      ') => Float32Array',
    ]
  return [
    '/** Outputs by name. Throws a TypeError for inputs that do not fit, or of unequal numbers of rows. */',
    `export declare const predict: <${inputs.map((_, i) => `const X${i} extends Rows | Tensor`).join(', ')}>(given: {`,
    ...inputs.map(
      (port, i) => `  readonly ${keyOf(port.name)}: ${fits(`X${i}`, `predict: ${port.name}`, port, fixed)}`,
    ),
    '}) => {',
    ...outputs.map(({ name }) => `  readonly ${keyOf(name)}: Float32Array`),
    '}',
  ]
}

const trainingOf = ({ train }: EmbedPlan): readonly string[] => {
  const [x] = train?.inputs ?? []
  if (train === undefined || x === undefined) return []
  const { rows, target } = train
  const generic = '<const X extends Rows | Tensor, const Y extends Rows | Tensor>'
  return [
    `/** One step of ${train.optimizer} on ${rowText(x.shape, rows)} and ${rowText(target.shape, rows)}: the loss of the batch (${train.lossName}). */`,
    `export declare const trainStep: ${generic}(`,
    `  x: ${fits('X', 'trainStep: x', x, rows)},`,
    `  y: ${fits('Y', 'trainStep: y', target, rows)},`,
    ') => number',
    '/** Passes over any number of rows in random order, the last batch filled up with the first rows: the mean loss of each. */',
    `export declare const fit: ${generic}(`,
    `  x: ${fits('X', 'fit: x', x, 0)},`,
    `  y: ${fits('Y', 'fit: y', target, 0)},`,
    '  options?: { readonly epochs?: number },',
    ') => readonly number[]',
    "/** The optimizer's rate, from the next step on. */",
    'export declare const setLearningRate: (rate: number) => void',
    '/** All weights, copied. */',
    'export declare const weights: () => Float32Array',
    '/** Puts weights back that `weights` gave. */',
    'export declare const setWeights: (weights: Float32Array) => void',
  ]
}

/** The types of a model's module. `empty`: it takes its weights when it runs. */
export const declarationsOf = (plan: EmbedPlan, storage: StorageOptions, empty: boolean): string =>
  [
    bannerOf(aboutModel(plan, storage).slice(0, 2)),
    head,
    ...predictOf(plan),
    ...(empty
      ? [
          '/** Takes the weights from the bytes of a safetensors file, as saveWeights writes it. */',
          'export declare const load: (file: ArrayBuffer | Uint8Array) => void',
        ]
      : []),
    ...trainingOf(plan),
    '',
  ].join('\n')
