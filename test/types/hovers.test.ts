/** Hover text is part of the product: short, and about shapes. */
import { expect, test } from 'vitest'
import { diagnose, hovers } from './diagnose.js'

const program = `
export const small = dense(64)
export const stated = dense(64, { in: 32, activation: 'relu' })
export const normalized = dense(64, { useBias: false, batchNormalization: true })
export const named = dense(64).as('fc1')
export const plain = batchNorm({ center: false })
export const shaped = reshape([28, -1])
export const block = residual(seq(dense(64, 'relu'), batchNorm(), dense(32)))
export const image = input([28, 28])

export const conv = conv2d(16, 3, { padding: 'same', activation: 'relu' })
export const grouped = conv2d(16, [3, 5], { groups: 2, useBias: false })
export const depthwise = depthwiseConv2d(3, { strides: 2 })
export const pool = maxPool2d()
export const cnn = sequential(input([28, 28, 1]), conv2d(16, 3), maxPool2d(2), flatten(), dense(10).as('head'))
export const filters = any<WeightsOf<typeof cnn>>().layer0.kernel

export const mlp = sequential(input(784), dense(256, 'relu'), batchNorm(), dropout(0.5), dense(10, 'softmax'))
export const weights = any<WeightsOf<typeof mlp>>()
export const params = any<ParamsOf<typeof mlp>>()
export const kernel = weights.layer0.kernel
export const wide = sequential(input(8), dense(16, { useBias: false, batchNormalization: true }))
export const wideWeights = any<WeightsOf<typeof wide>>()
export const wideParams = any<ParamsOf<typeof wide>>()

export const skip = graph(input(32), x => add(dense(32).as('fc')(x), x))
export const skipWeights = any<WeightsOf<typeof skip>>()
export const two = graphs({ image: input(64), meta: input(8) }, ({ image, meta }) => ({
  label: dense(10).as('label')(concat(-1, image, meta)),
}))

export const sum2 = add(sym('N', 1, 3), sym(4, 1))
export const joined = concat(-1, sym('N', 10), sym('N', 22), sym('N', 1))
export const product = matmul(sym('N', 2, 3), sym(3, 5))
export const averaged = mean(sym('N', 4, 5), [0, -1], { keepdims: true })

export const trained = fit(mlp, { x: T([60000, 784]), y: T([60000, 10]) }, { loss: 'categoricalCrossentropy' })
export const answered = predict(mlp, weights, T([60000, 784]))
export const closed = fit(seq(dense(3)), { x: T([50, 4]), y: T([50, 3]) }, { loss: 'meanSquaredError' })
`

test('the program is accepted', () => {
  expect(diagnose('hovered', { program })).toEqual({ program: [] })
})

test('hovers are as in the golden file', async () => {
  const shown = hovers('hovers', program)
  const text = Object.entries(shown).map(([name, type]) => `${name}: ${type}\n`)
  await expect(text.join('')).toMatchFileSnapshot('golden/hovers.txt')
})

test('no hover is longer than three lines of an editor', () => {
  for (const [name, type] of Object.entries(hovers('hovers', program)))
    expect(type.length, name).toBeLessThan(330)
})

test('a generic width shows as what it is', () => {
  const shown = hovers(
    'generic',
    `const make = <H extends number>(h: H) => dense(h)\nexport const made = make`,
  )
  expect(shown.made).toBe('<H extends number>(h: H) => Dense<H>')
})
