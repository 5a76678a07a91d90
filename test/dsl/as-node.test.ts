/** A tensor becomes a node by `asNode`, and only so: its elements are constants of the graph, on every target. */
import { expect, test } from 'vitest'
import { asNode, dense, grad, graph, input, mul, relu, sum } from '../../dsl/index.js'
import type { Sym } from '../../dsl/types/layer.js'
import { embed } from '../../src/embed/index.js'
import { add, fit, init, jit, predict, run, sequential, tensor, unwrap } from '../../src/index.js'

const table = [0.5, -2, 3]
const mask = unwrap(tensor([3], table))
const x = unwrap(tensor([2, 3], [1, 2, 3, 4, 5, 6]))
const model = graph(input(3), node => dense(2).as('out')(mul(node, asNode(mask))))
const plain = sequential(input(3), dense(2).as('out'))
const scaled = unwrap(tensor([2, 3], [0.5, -4, 9, 2, -10, 18]))

test.each(['wasm', 'js', 'evaluator'] as const)('its elements are in the answer, on %s', async target => {
  const weights = unwrap(init(model))
  const answer = await run(predict(model, weights, x, { target }))
  expect(answer.data).toEqual((await run(predict(plain, weights, scaled, { target }))).data)
})

test('a model with such a table is trained and embedded', async () => {
  const y = unwrap(tensor([2, 2], [1, 0, 0, 1]))
  const { weights } = await run(fit(model, { x, y }, { loss: 'meanSquaredError', verbose: 'silent' }))
  const answer = await run(predict(model, weights, x))
  const embedded = embed(model, { weights }).predict(x)
  answer.data.forEach((value, i) => {
    expect(embedded[i]).toBeCloseTo(value, 6)
  })
})

test('it has no derivative, and is the derivative of what it is multiplied with', async () => {
  const slope = jit(grad((v: Sym<[3]>) => sum(mul(v, asNode(mask)))))
  expect([...(await run(slope(mask))).data]).toEqual(table)
  const none = jit(grad((v: Sym<[3]>) => sum(mul(asNode(mask), mul(v, 0)))))
  expect([...(await run(none(mask))).data].map(Math.abs)).toEqual([0, 0, 0])
})

test('elements are copied when the node is made; whole numbers and bools stay such, f64 becomes f32', async () => {
  const own = unwrap(tensor([2], [1, 2]))
  const node = asNode(own)
  own.data[0] = 9
  const plus = jit((v: Sym<[2]>) => add(v, node))
  expect([...(await run(plus(unwrap(tensor([2], [0, 0]))))).data]).toEqual([1, 2])
  const dtypes = ['f32', 'f64', 'i32', 'u32', 'bool'] as const
  const nodes = dtypes.map(dtype => asNode(unwrap(tensor([2], [0, 1], dtype))))
  expect(nodes.map(one => Reflect.get(one, 'dtype'))).toEqual(['f32', 'f32', 'i32', 'u32', 'bool'])
  expect(Reflect.get(asNode(2.5), 'shape')).toEqual([])
})

const refused: readonly (readonly [string, () => unknown])[] = [
  ['add: operand 2 is a tensor, expected a node of the graph', () => add(1, mask as never)],
  ['add: operand 1 is a tensor, expected a node of the graph', () => add(mask as never, mask as never)],
  ['relu: an operand is a tensor, expected a node of the graph', () => relu(mask as never)],
  [
    'asNode: this is an Either, not the value in it; write unwrap(…)',
    () => asNode(tensor([1], [2]) as never),
  ],
  [
    'asNode: this is a task or a promise, not its result; write await …',
    () => asNode((async () => 1) as never),
  ],
  ['asNode: expected a tensor or a number', () => asNode([1, 2] as never)],
  [
    'asNode: the tensor of [3] must have 3 elements in a typed array',
    () => asNode(JSON.parse(JSON.stringify(mask))),
  ],
]
test.each(refused)('%s', (sentence, make) => {
  expect(make).toThrow(sentence)
})
