import { expect, test } from 'vitest'
import { embed } from '../../src/embed/embed.js'
import { rehearse } from '../../src/embed/rehearse.js'
import { workOn } from '../../src/embed/work.js'
import { dense, init, input, sequential, unwrap } from '../../src/index.js'

test('a rehearsal ends, and changes nothing in what is built after it', async () => {
  const build = () =>
    workOn(
      { file: 'small.model.ts', form: 'models', plan: {}, storage: {} },
      async () => {
        const model = sequential(input(5), dense(4, 'relu'), dense(3, 'softmax'))
        return { small: embed(model, { weights: unwrap(init(model, { seed: 1 })) }) }
      },
      new Set(['small.model.ts']),
    )
  const before = await build()
  await rehearse()
  expect(await build()).toEqual(before)
  expect(before.files.map(({ name }) => name)).toEqual(['models.js'])
  expect(before.models.map(({ name }) => name)).toEqual(['small'])
})
