/** Siamese networks: whether two pictures show the same digit, learned from pairs; one network looks at both. */
import { createRequire } from 'node:module'
import * as d from '../src/index.js'

const look = d.sequential(d.input(784), d.dense(128, 'relu'), d.dense(32)).as('look')
const model = d.graphs({ a: d.input(784), b: d.input(784) }, ({ a, b }) => ({
  same: d.dense(1, 'sigmoid').as('judge')(d.abs(d.sub(look(a), look(b)))),
}))

const digits: { readonly range: (from: number, to: number) => number[][] }[] = createRequire(import.meta.url)(
  'mnist',
)

/** Pairs among the pictures `from` to `to` of each digit; every other one shows the same digit twice. */
const pairsOf = <N extends number>(from: number, to: number, count: N) => {
  const pictures = digits.map(digit => digit.range(from, to))
  const random = (n: number) => Math.floor(Math.random() * n)
  const same = Array.from({ length: count }, (_, i) => i % 2)
  const first = same.map(() => random(10))
  const second = first.map((digit, i) => (same[i] === 1 ? digit : (digit + 1 + random(9)) % 10))
  const drawn = (of: readonly number[]) =>
    d.unwrap(
      d.tensor(
        [count, 784],
        of.flatMap(digit => pictures[digit]?.[random(to - from)] ?? []),
      ),
    )
  return { x: { a: drawn(first), b: drawn(second) }, y: { same: d.unwrap(d.tensor([count, 1], same)) } }
}
const options = { loss: 'binaryCrossentropy', metrics: ['accuracy'], batchSize: 100 } as const
const { weights } = await d.fit(model, pairsOf(0, 800, 6000), { ...options, optimizer: 'adam', epochs: 6 })
const scores = await d.evaluate(model, weights, pairsOf(800, 850, 2000), options)
console.log(
  `of 2000 pairs that it has not seen it judges ${((scores.accuracy ?? 0) * 100).toFixed(1)} % right`,
)
