/** Callbacks are awaited and see named weights; one that throws ends the training and keeps what was learned. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Callback,
  CallbackFault,
  dense,
  earlyStopping,
  FaultError,
  fit,
  input,
  loadWeights,
  onBest,
  predict,
  saveBest,
  sequential,
  tensor,
  unwrap,
} from '../../src/index.js'

const model = sequential(input(1), dense(1))
const x = unwrap(tensor([4, 1], [0, 1, 2, 3]))
const y = unwrap(tensor([4, 1], [1, 3, 5, 7]))
const train = (callbacks: readonly Callback[], epochs = 3) =>
  fit(model, { x, y }, { loss: 'meanSquaredError', optimizer: 'sgd', epochs, callbacks, verbose: 'silent' })
const later = () => new Promise(done => setTimeout(done, 5))

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densor best '))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('callbacks', () => {
  test('are awaited, in order', async () => {
    const said: string[] = []
    const say = (what: string) => async () => {
      await later()
      said.push(what)
    }
    await train(
      [
        {
          onTrainBegin: say('begin'),
          onEpochBegin: say('epoch'),
          onEpochEnd: say('end'),
          onTrainEnd: say('done'),
        },
      ],
      2,
    )
    expect(said).toEqual(['begin', 'epoch', 'end', 'epoch', 'end', 'done'])
  })

  const throwing: readonly (readonly [string, Required<Callback>['onEpochEnd']])[] = [
    [
      'throws',
      epoch => {
        if (epoch === 1) throw new Error('full')
      },
    ],
    [
      'rejects',
      async epoch => {
        await later()
        if (epoch === 1) throw new Error('full')
      },
    ],
  ]
  test.each(throwing)(
    'one that %s gives a Left with the weights and the history so far',
    async (_, onEpochEnd) => {
      const seen: unknown[] = []
      const watch: Callback = { onEpochEnd: (_epoch, _logs, control) => seen.push(control.weights()) }
      const failed = await train([watch, { onEpochEnd }])()
      if (failed._tag === 'Right' || !(failed.left instanceof CallbackFault))
        throw new Error('no CallbackFault')
      expect(failed.left.code).toBe('own-code-throws')
      expect(failed.left.kind).toBe('user')
      expect(failed.left.message).toContain('full')
      expect(failed.left.weights).toEqual(seen[1])
      expect(failed.left.history.epoch).toEqual([0, 1])
      expect((await predict(model, failed.left.weights as never, x)).dims).toEqual([4, 1])
      // the model can be trained again
      expect((await train([])).history.epoch).toEqual([0, 1, 2])
    },
  )

  test('the weights that they see are those of the moment, copied', async () => {
    const seen: unknown[] = []
    const { weights } = await train([{ onEpochEnd: (_e, _l, control) => seen.push(control.weights()) }])
    expect(seen).toHaveLength(3)
    expect(seen[2]).toEqual(weights)
    expect(seen[0]).not.toEqual(weights)
  })
})

describe('the best weights', () => {
  // the loss rises after the third epoch, where the rate is made too large
  const spoil: Callback = {
    onEpochBegin: (epoch, control) => {
      if (epoch === 3) control.learningRate = 0.5
    },
  }

  test('are kept by a function, and by a file', async () => {
    const path = join(folder, 'best.safetensors')
    const best: number[] = []
    let kept: object = {}
    const keep = onBest({ monitor: 'loss' }, async ({ epoch, weights }) => {
      await later()
      best.push(epoch)
      kept = weights
    })
    const { weights, history } = await train([spoil, keep, saveBest(path, { monitor: 'loss' })], 6)
    const losses = history.history.loss ?? []
    const least = losses.indexOf(Math.min(...losses))
    expect(least).toBeLessThan(5)
    expect(best.at(-1)).toBe(least)
    expect(await loadWeights(model, path)).toEqual(kept)
    expect(kept).not.toEqual(weights)
  })

  test('a file that cannot be written ends the training with the weights', async () => {
    const failed = await train([saveBest('/dev/null', { monitor: 'loss' })])()
    if (failed._tag === 'Right' || !(failed.left instanceof CallbackFault))
      throw new Error('no CallbackFault')
    expect(failed.left.code).toBe('unwritable-file')
  })

  test('a number that nobody reports, or whose direction is not known, is said', async () => {
    const failed = await train([saveBest(join(folder, 'x'))])()
    expect(failed._tag === 'Left' && failed.left.code).toBe('unknown-metric')
    for (const make of [
      () => saveBest('x', { monitor: 'val_mae' }),
      () => earlyStopping({ monitor: 'val_mae' }),
    ]) {
      expect(make).toThrow(FaultError)
      expect(make).toThrow("pass mode: 'min' or mode: 'max'")
    }
    const inherited = await train([earlyStopping({ monitor: 'constructor', mode: 'min' })])()
    expect(inherited._tag === 'Left' && inherited.left.code).toBe('unknown-metric')
  })
})

describe('signals', () => {
  test('one raised while held-out samples are measured ends the training soon', async () => {
    const rows = 200_000
    const many = unwrap(tensor([rows, 1], new Float32Array(rows)))
    let asked = 0
    // the first step, the end of the epoch, then the pass over what is held out
    const signal = {
      get aborted() {
        asked++
        return asked > 8
      },
    }
    const trained = await fit(
      model,
      { x, y },
      {
        loss: 'meanSquaredError',
        epochs: 5,
        batchSize: 1,
        validationData: { x: many, y: many },
        verbose: 'silent',
        signal,
      },
    )
    expect(trained.history.stopped).toBe('interrupted')
    expect(trained.history.epoch.length).toBeLessThan(5)
    expect(asked).toBeLessThan(12)
  })

  test.each([5, 'stop', null, {}])('%s is not a signal', async signal => {
    const failed = await fit(
      model,
      { x, y },
      { loss: 'meanSquaredError', verbose: 'silent', signal: signal as never },
    )()
    expect(failed._tag === 'Left' && failed.left.code).toBe('bad-option')
  })
})
