import { describe, expect, test } from 'vitest'
import { activate, activationNames, activationOf, glu } from '../../dsl/activations.js'
import type { Node } from '../../dsl/graph/node.js'
import { camel, camelKeys, computeOne, expectClose, golden, pullBack, type Tensor } from './golden.js'

interface Case {
  readonly activation: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly forward: { readonly x: Tensor; readonly y: Tensor }
  readonly backward: { readonly x: Tensor; readonly cotangent: Tensor; readonly gradient: Tensor }
  readonly atKinks: { readonly x: Tensor; readonly gradient: Tensor }
}

const { cases } = golden<{ readonly cases: readonly Case[] }>('activations')

const kinds = [...activationNames, 'threshold'] as const

const functionOf = ({ activation, arguments: given }: Case): ((x: Node) => Node) => {
  const options = camelKeys(given)
  if (activation === 'glu') return x => glu(x, Number(options.axis ?? -1))
  const known = kinds.find(name => name === camel(activation))
  if (known === undefined) throw new Error(`no activation ${activation}`)
  // The golden gives a threshold its numbers.
  return x => activate(activationOf(known, options as never), x)
}

const titled = cases.map(c => ({
  ...c,
  title: `${c.activation} ${JSON.stringify(c.arguments)} [${c.forward.x.shape}]`,
}))

describe('activations are those of Keras', () => {
  test.each(titled)('$title', c => {
    const f = functionOf(c)
    expectClose(
      computeOne(x => f(x as Node), [c.forward.x]),
      c.forward.y,
    )
  })

  test.each(titled)('gradient of $title', c => {
    const f = functionOf(c)
    const back = pullBack(x => f(x as Node))
    expectClose(computeOne(back, [c.backward.x, c.backward.cotangent]), c.backward.gradient, {
      absolute: 5e-6,
    })
  })

  test.each(titled.filter(c => c.atKinks.x.data.length > 0))('at the kinks, $title', c => {
    const f = functionOf(c)
    const ones = { ...c.atKinks.x, data: c.atKinks.x.data.map(() => 1) }
    expectClose(
      computeOne(
        pullBack(x => f(x as Node)),
        [c.atKinks.x, ones],
      ),
      c.atKinks.gradient,
    )
  })

  test('every name of the list is covered by the golden', () => {
    const covered = new Set(cases.map(c => camel(c.activation)))
    const aliases = ['swish', 'hardSwish']
    expect(kinds.filter(name => !covered.has(name) && !aliases.includes(name))).toEqual([])
  })

  test('control: another slope is not leakyRelu', () => {
    const [leaky] = cases.filter(c => c.activation === 'leaky_relu')
    if (leaky === undefined) throw new Error('no case')
    const wrong = computeOne(
      x => activate(activationOf('leakyRelu', { negativeSlope: 0.21 }), x as Node),
      [leaky.forward.x],
    )
    expect(() => expectClose(wrong, leaky.forward.y)).toThrow()
  })
})
