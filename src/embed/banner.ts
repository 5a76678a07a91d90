import { grouped } from '../text.js'
import { version } from '../version.js'
import type { EmbedPlan, EmbedPort } from './plan.js'
import type { StorageOptions } from './storage.js'

const shapeOf = (rows: number | string, { shape }: EmbedPort): string => `[${[rows, ...shape].join(', ')}]`

/** `[N, 784] -> [N, 10]`, with names where a model has several inputs or outputs. */
export const signatureOf = ({ inputs, outputs, single, fixed }: EmbedPlan): string => {
  const rows = fixed || 'N'
  const side = (ports: readonly EmbedPort[]): string =>
    ports.map(port => `${single ? '' : `${port.name} `}${shapeOf(rows, port)}`).join(', ')
  return `${side(inputs)} -> ${side(outputs)}`
}

/** What a name of the user's may not do to a comment. */
const inComment = (text: string): string => text.replace(/\*\//g, '* /').replace(/[\r\n]/g, ' ')

/** The sentences above a model's code: shapes, sizes, and the layers of each kernel. */
export const aboutModel = (
  plan: EmbedPlan,
  { weights = 'inline', format = 'f32' }: StorageOptions,
): readonly string[] => {
  const { layout, steps, train, kernels } = plan
  const places = { inline: 'inlined', file: 'in a file beside', none: 'to be loaded' }
  const bytes = plan.code.length
  return [
    `${plan.name}: ${signatureOf(plan)}`,
    `${grouped(layout.params + layout.state)} weights, ${format}, ${places[weights]}; rows at a time: ${steps.map(s => s.rows).join(' or ')}`,
    ...(train === undefined
      ? []
      : [`training: ${train.lossName}, ${train.optimizer}, ${train.rows} rows a step`]),
    `${plan.target}: ${grouped(bytes)} bytes of code, ${grouped(plan.memoryBytes)} bytes of memory`,
    ...kernels.map(k => `  ${k.function}: ${k.sources.length === 0 ? '(copies)' : k.sources.join(', ')}`),
  ].map(inComment)
}

/** The comment at the head of everything that is emitted. */
export const bannerOf = (lines: readonly string[]): string =>
  ['/*', ...lines.map(line => ` * ${line}`), ` * Made by densor ${version()}; do not edit.`, ' */'].join('\n')
