import { inflateSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Fault } from '../../runtime/fault.js'
import { argmaxOf } from '../../src/argmax.js'
import { ticks } from '../../src/report/chart.js'
import { confusionOf, worstMistakes } from '../../src/report/classes.js'
import { type Report, renderReport } from '../../src/report/page.js'
import { inkImage } from '../../src/report/png.js'

const scores = Float32Array.of(0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.05, 0.9, 0.05, 0.98, 0.01, 0.01)
const truth = [0, 1, 1, 2]
const labels = ['cat', 'dog', '<owl>']

const report: Report = {
  title: 'Cats & <dogs>',
  lead: 'A "lead"',
  facts: [['Accuracy', '50 %']],
  history: {
    epoch: [0, 1],
    history: { loss: [1, 0.5], accuracy: [0.4, 0.6], val_loss: [1.1, Number.NaN], val_accuracy: [0.3, 0.5] },
    seconds: [0.1, 0.1],
  },
  confusion: confusionOf(scores, truth, labels),
  mistakes: worstMistakes(scores, truth, 3, 9).map(m => ({
    ...m,
    pixels: [0, 1, 0.5, 0],
    width: 2,
    height: 2,
  })),
  mistakeCount: 2,
  summary: {
    model: 'tiny',
    rows: [{ name: 'layer0', kind: 'dense', output: '[N, 3]', params: 9 }],
    trainable: 9,
    nonTrainable: 0,
  },
  settings: [['Seed', '1']],
}

test('a page runs its own script only, and no text of a caller becomes markup', () => {
  const hostile = '"><img src=x onerror=alert(1)>'
  const [first] = report.mistakes ?? []
  if (first === undefined) throw new Error('there are no mistakes')
  // a caller without types can give any text for the number of a row
  const mistakes = [{ ...first, ...JSON.parse(JSON.stringify({ row: hostile })) }]
  const page = renderReport({ ...report, title: hostile, lead: hostile, mistakes })
  expect(page).not.toContain('<img src=x')
  const [, word] = /script-src 'nonce-([\w-]+)'/.exec(page) ?? []
  expect(page).not.toMatch(/script-src [^"]*unsafe-inline/)
  expect(page.match(/<script[^>]*>/g)).toEqual([`<script nonce="${word}">`])
})

test('a page has room for any number of epochs', () => {
  const seconds = Array.from({ length: 200_000 }, (_, i) => 1 / (i + 1))
  const history = { epoch: seconds.map((_, i) => i), history: { loss: seconds, accuracy: seconds }, seconds }
  expect(renderReport({ ...report, history })).toContain('</html>')
})

describe('classes', () => {
  test('confusion counts truth against prediction', () => {
    expect(confusionOf(scores, truth, labels).counts).toEqual([
      [1, 0, 0],
      [0, 1, 1],
      [1, 0, 0],
    ])
  })

  test('the worst mistake gave the right answer the least', () => {
    const mistakes = worstMistakes(scores, truth, 3, 9)
    expect(mistakes.map(m => [m.row, m.truth, m.guess])).toEqual([
      [3, 2, 0],
      [1, 1, 2],
    ])
    expect(worstMistakes(scores, truth, 3, 1)).toHaveLength(1)
    expect(argmaxOf([1, 3, 3], 0, 3)).toBe(1)
  })

  test('scores that do not belong to the labels are refused', () => {
    expect(() => confusionOf(scores, [0, 1], labels)).toThrow(Fault)
  })
})

describe('images', () => {
  test('a PNG of ink holds the pixels as alpha', () => {
    const file = Buffer.from(inkImage([0, 1, 0.5, 0], 2, 2).split(',')[1] ?? '', 'base64')
    expect([...file.subarray(1, 4)]).toEqual([...Buffer.from('PNG')])
    const start = file.indexOf('IDAT')
    const raw = inflateSync(file.subarray(start + 4, start + 4 + file.readUInt32BE(start - 4)))
    expect([...raw]).toEqual([0, 0, 0, 0, 255, 0, 0, 128, 0, 0])
  })
})

describe('charts', () => {
  test.prop([
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
  ])('ticks span the range in few round steps', (low, span) => {
    const found = ticks(low, low + span, 4)
    expect(found[0]).toBeLessThanOrEqual(low + span * 1e-6)
    expect(found.at(-1)).toBeGreaterThanOrEqual(low + span * (1 - 1e-6))
    expect(found.length).toBeLessThanOrEqual(7)
  })
})

describe('the page', () => {
  const page = renderReport(report)

  test('loads nothing from anywhere', () => {
    expect(page).not.toMatch(/(src|href)="(?!data:)/)
    expect(page).not.toMatch(/https?:|@import|url\(/)
    expect(page).toContain("default-src 'none'")
  })

  test('escapes what it shows', () => {
    expect(page).toContain('<h1>Cats &amp; &lt;dogs&gt;</h1>')
    expect(page).not.toContain('<owl>')
  })

  test('has a chart for each metric, the matrix, the mistakes and the summary', () => {
    expect(page.match(/<figure class="chart">/g)).toHaveLength(2)
    expect(page.match(/class="hit/g)).toHaveLength(2)
    expect(page.match(/class="miss/g)).toHaveLength(2)
    expect(page.match(/class="mistake card"/g)).toHaveLength(2)
    expect(page).toContain('2 of 2 mistakes')
    expect(page).toContain('<td>layer0</td>')
    expect(page).not.toMatch(/NaN,|undefined/)
  })

  test('a page without classes has no such sections', () => {
    const { confusion: _confusion, mistakes: _mistakes, mistakeCount: _count, ...rest } = report
    expect(renderReport(rest)).not.toMatch(/What was taken|worst mistakes/)
  })
})
