/** What pages and workers have in the place of Node's own does the same: turns of the event loop, streams, tables. */
import { inflateSync } from 'node:zlib'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import * as node from '../../src/platform/node.js'
import * as web from '../../src/platform/web.js'
import { boxTable } from '../../src/table.js'

describe.each([
  ['Node', node],
  ['a page', web],
])('in %s', (_, platform) => {
  prop.prop([fc.uint8Array({ maxLength: 300 })])('what is deflated inflates to the same bytes', bytes => {
    expect(new Uint8Array(inflateSync(platform.deflate(bytes)))).toEqual(bytes)
  })

  test('more than one block is deflated too', () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i * i)
    expect(new Uint8Array(inflateSync(platform.deflate(bytes)))).toEqual(bytes)
  })

  test('a breath is a turn of the event loop: others come to their turn in it', async () => {
    let turns = 0
    const others = setInterval(() => {
      turns++
    }, 0)
    const end = performance.now() + 5000
    while (turns === 0 && performance.now() < end) await platform.breathe()
    clearInterval(others)
    expect(turns).toBeGreaterThan(0)
  })
})

describe('a table', () => {
  test('has lines, sides, and cells of several lines', () => {
    const columns = [
      { head: 'a', side: 'left' },
      { head: 'bb', side: 'right' },
    ] as const
    expect(
      boxTable(columns, [
        ['x', '1\n20'],
        ['層', ''],
      ]),
    ).toBe(
      [
        '┌────┬────┐',
        '│ a  │ bb │',
        '├────┼────┤',
        '│ x  │  1 │',
        '│    │ 20 │',
        '│ 層 │    │',
        '└────┴────┘',
      ].join('\n'),
    )
  })
})
