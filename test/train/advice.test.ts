/** What is likely wrong though it runs is said once, before the first epoch, and only then. */
import { describe, expect, test } from 'vitest'
import { activation } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { binaryCrossentropy, categoricalCrossentropy } from '../../dsl/losses.js'
import { graph, input, sequential } from '../../dsl/model.js'
import { describeFault, Fault } from '../../runtime/fault.js'
import { run } from '../../src/errors.js'
import { ArenaMachine } from '../../src/train/arena-machine.js'
import { fit } from '../../src/train/fit.js'

const x = [
  [0, 1],
  [1, 0],
]
const notesOf = async (model: unknown, y: unknown, options: object): Promise<readonly string[]> => {
  const lines: string[] = []
  const output = { write: (text: string) => lines.push(text) }
  await run(
    fit(model as never, { x, y } as never, { verbose: 'lines', output, epochs: 2, ...options } as never),
  )
  return lines.filter(line => line.startsWith('note: '))
}
const hot = [
  [0, 1],
  [1, 0],
]

describe('advice', () => {
  test.each<[string, unknown, unknown, object, string]>([
    [
      'a softmax over one unit',
      sequential(input(2), dense(1, 'softmax')),
      [0, 1],
      { loss: 'binaryCrossentropy' },
      "note: the output is a softmax over one unit, which is always 1: end with dense(1, 'sigmoid')\n",
    ],
    [
      'a forgotten sigmoid',
      sequential(input(2), dense(4, 'relu'), dense(1)),
      [0, 1],
      { loss: 'binaryCrossentropy' },
      "note: the output has no activation, but binaryCrossentropy reads probabilities: end with 'sigmoid', or write binaryCrossentropy({ fromLogits: true })\n",
    ],
    [
      'a forgotten softmax, without a bias',
      sequential(input(2), dense(2, { useBias: false })),
      [0, 1],
      { loss: 'sparseCategoricalCrossentropy' },
      "note: the output has no activation, but sparseCategoricalCrossentropy reads probabilities: end with 'softmax', or write sparseCategoricalCrossentropy({ fromLogits: true })\n",
    ],
    [
      'a softmax that is read as logits',
      sequential(input(2), dense(2), activation('softmax')),
      hot,
      { loss: categoricalCrossentropy({ fromLogits: true }) },
      'note: the output is a softmax, but categoricalCrossentropy reads logits: leave the activation out, or fromLogits\n',
    ],
  ])('%s', async (_, model, y, options, sentence) => {
    expect(await notesOf(model, y, options)).toEqual([sentence])
    expect(await notesOf(model, y, { ...options, verbose: 'silent' })).toEqual([])
  })

  test.each<[string, unknown, unknown, object]>([
    ['a sigmoid', sequential(input(2), dense(1, 'sigmoid')), [0, 1], { loss: 'binaryCrossentropy' }],
    ['logits', sequential(input(2), dense(1)), [0, 1], { loss: binaryCrossentropy({ fromLogits: true }) }],
    ['a softmax', sequential(input(2), dense(2, 'softmax')), hot, { loss: 'categoricalCrossentropy' }],
    ['a regression', graph(input(2), a => dense(1).as('d')(a)), [0, 1], { loss: 'meanSquaredError' }],
  ])('control: nothing on %s', async (_, model, y, options) => {
    expect(await notesOf(model, y, options)).toEqual([])
  })
})

test('data that fills the memory: what helps', () => {
  const rows = 1.2e9
  const huge = { dims: [rows], dtype: 'f32', data: { length: rows } }
  const words = (): string => {
    try {
      new ArenaMachine({ target: 'js' }).dataset({ x: huge as never })
    } catch (thrown) {
      return thrown instanceof Fault ? describeFault(thrown) : String(thrown)
    }
    return 'it was accepted'
  }
  expect(words()).toContain('memory ends at 4 GiB [out-of-memory]')
  expect(words()).toContain('try: take the rows in parts: predict and evaluate each of batches(data, rows)')
})
