import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { formatSummary } from '../../src/summary.js'
import { compact, compactBytes, compactCount, duration, percent } from '../../src/text.js'
import { Progress, type Verbosity } from '../../src/train/progress.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '')

const record = (verbosity: Verbosity, isTTY: boolean, columns = 80) => {
  const said: string[] = []
  const progress = new Progress({ isTTY, columns, write: text => said.push(plain(text)) }, verbosity, 12)
  return { progress, said }
}

const logs = { loss: 0.1234567, accuracy: 0.9565 }

describe('progress', () => {
  test('a pipe gets one line an epoch', () => {
    const { progress, said } = record('bar', false)
    progress.step(0, 1, 4, 0.1, logs)
    progress.epoch(0, 0.5, { ...logs, val_loss: 12 })
    expect(said).toEqual(['epoch  1/12  0.50 s  loss 0.1235  accuracy 95.65 %  val_loss 12.000\n'])
  })

  test('a terminal gets a live line that is never wider than it', () => {
    for (const columns of [20, 60, 120]) {
      const { progress, said } = record('bar', true, columns)
      progress.step(1, 1, 4, 0.1, logs)
      expect(said[0]?.startsWith('\r\u001b[K')).toBe(true)
      expect((said[0] ?? '').slice(4).length).toBeLessThan(columns)
      progress.close()
      expect(said.at(-1)).toBe('\r\u001b[K')
    }
  })

  test('a terminal without columns counts as one of 80', () => {
    const { progress, said } = record('bar', true, 0)
    progress.step(0, 1, 4, 0.1, logs)
    expect(said[0]).toContain('1/4 loss 0.1235')
  })

  test('a finished epoch keeps its bar where there is room', () => {
    for (const [columns, bars] of [
      [200, 24],
      [60, 0],
    ] as const) {
      const { progress, said } = record('bar', true, columns)
      progress.epoch(0, 1, logs)
      expect(said[0]?.match(/━/g) ?? []).toHaveLength(bars)
    }
  })

  test('the live line says how long it will take', () => {
    const { progress, said } = record('bar', true, 200)
    progress.step(0, 5, 20, 2, logs)
    expect(said[0]).toContain('5/20 loss 0.1235  accuracy 95.65 % 6.0 s left')
  })

  test('silence is silent', () => {
    const { progress, said } = record('silent', true)
    progress.step(0, 1, 4, 0.1, logs)
    progress.epoch(0, 0.5, logs)
    progress.note('x')
    progress.close()
    expect(said).toEqual([])
  })
})

describe('numbers in words', () => {
  test('are short', () => {
    expect([0.00001, 0.5, 3.2, 1234.5, 1e7, Number.NaN].map(compact)).toEqual([
      '1.00e-5',
      '0.5000',
      '3.200',
      '1235',
      '1.00e+7',
      'NaN',
    ])
    expect([0, 512, 2048, 5e6].map(compactBytes)).toEqual(['0 B', '512 B', '2.00 KB', '4.77 MB'])
    expect([10, 902_900, 3.2e9].map(compactCount)).toEqual(['10', '902.90 k', '3.20 G'])
    expect([0.123, 4.44, 42, 125, 3725].map(duration)).toEqual([
      '0.12 s',
      '4.4 s',
      '42 s',
      '2 min 05 s',
      '1 h 02 min',
    ])
    expect(percent(0.95649, 2)).toBe('95.65 %')
  })
})

describe('the summary', () => {
  test('is the table of Keras, and what the compiler made of it', () => {
    const text = formatSummary({
      model: 'mnist',
      rows: [
        { name: 'layer0', kind: 'dense', output: '[N, 256]', params: 200960 },
        { name: 'layer1', kind: 'batchNorm', output: '[N, 256]', params: 1024 },
      ],
      trainable: 204042,
      nonTrainable: 512,
      optimizer: 408086,
      compiled: {
        step: 'training',
        target: 'wasm',
        threads: 1,
        batch: 32,
        kernels: 21,
        flopsPerSample: 902900,
        arenaBytes: 2 ** 21,
        compileMs: 99.6,
      },
    })
    expect(plain(text).split('\n')).toEqual([
      'Model: "mnist"',
      '┌────────────────────┬──────────────┬─────────┐',
      '│ Layer (type)       │ Output shape │ Param # │',
      '├────────────────────┼──────────────┼─────────┤',
      '│ layer0 (dense)     │ [N, 256]     │ 200,960 │',
      '│ layer1 (batchNorm) │ [N, 256]     │   1,024 │',
      '└────────────────────┴──────────────┴─────────┘',
      ' Total params: 612,640 (2.34 MB)',
      ' Trainable params: 204,042 (797.04 KB)',
      ' Non-trainable params: 512 (2.00 KB)',
      ' Optimizer params: 408,086 (1.56 MB)',
      ' Training step: 21 kernels for wasm, batch 32, compiled in 100 ms',
      ' FLOPs per sample: 902.90 k',
      ' Arena: 2.00 MB',
    ])
    expect(pc.isColorSupported || !text.includes('\u001b')).toBe(true)
  })
})
