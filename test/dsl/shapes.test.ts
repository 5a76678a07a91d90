import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { elaborate } from '../../dsl/graph/elaborate.js'
import { leaf } from '../../dsl/graph/node.js'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { dense } from '../../dsl/layers/dense.js'
import { callLayer, type Definition, isLayer } from '../../dsl/layers/layer.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { residual } from '../../dsl/layers/residual.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import { input, sequential } from '../../dsl/model.js'
import { reshape } from '../../dsl/ops.js'
import { tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import type { Shape } from '../../dsl/types/dims.js'
import type { LayerFn } from '../../dsl/types/layer.js'
import { Fault } from '../../runtime/fault.js'

/** The shape, or the sentence that refuses it. */
const verdict = (body: () => Shape): Shape | string => {
  try {
    return body()
  } catch (error) {
    if (error instanceof Fault && error.kind === 'user') return error.message
    throw error
  }
}

const size = fc.integer({ min: 1, max: 4 })

/** Any layer; some of them do not fit on some inputs. */
const { layer: anyLayer } = fc.letrec<{ layer: LayerFn }>(tie => ({
  layer: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    size.map(units => dense(units, 'tanh')),
    fc.tuple(size, size).map(([units, from]) => dense(units, { in: from })),
    size.map(units => dense(units, { batchNormalization: true })),
    fc.constantFrom(batchNorm(), layerNorm(), dropout(0.5), activation('softmax'), flatten()),
    fc.array(fc.oneof(fc.constant(-1), size), { minLength: 1, maxLength: 3 }).map(to => reshape(to)),
    fc.array(tie('layer'), { maxLength: 3 }).map(layers => seq(...layers)),
    tie('layer').map(block => residual(seq(block))),
  ),
}))

const definitionOf = (layer: unknown): Definition => {
  if (isLayer(layer)) return layer.definition
  throw new Error('not a layer')
}

describe("a layer's shape rule and its graph", () => {
  property.prop([
    fc.array(anyLayer, { minLength: 1, maxLength: 4 }),
    fc.array(size, { minLength: 1, maxLength: 3 }),
  ])('agree, symbolic and traced, training or not', (layers, features) => {
    const whole = seq(...layers)
    const from: Shape = ['N', ...features]
    const stated = verdict(() => definitionOf(whole).shape(from))
    for (const training of [false, true]) {
      const built = verdict(() => {
        const { outputs } = elaborate([callLayer(definitionOf(whole), undefined, leaf('x', from))], {
          training,
        })
        return outputs[0]?.shape ?? []
      })
      expect(built).toEqual(stated)
    }
    const traced = verdict(() => {
      const { program } = tracePredict({ model: whole, batch: 5, dataShape: [5, ...features] })
      return program.types[program.outputs[0]?.value ?? -1]?.shape ?? []
    })
    expect(traced).toEqual(typeof stated === 'string' ? stated : stated.map(d => (d === 'N' ? 5 : d)))
  })

  test('control: a layer whose rule is not its graph is seen', () => {
    const made = { by: 'layer' } as const
    const liar: Definition = { kind: 'liar', shape: () => ['N', 1], expand: x => x, made }
    const { outputs } = elaborate([callLayer(liar, 'liar', leaf('x', ['N', 3]))], { training: false })
    expect(outputs[0]?.shape).not.toEqual(liar.shape(['N', 3]))
  })
})

describe('what a model gives does not depend on the batch', () => {
  property.prop([fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })])(
    'the same weights, the same equations, whatever N is',
    (a, b) => {
      const model = sequential(input(3), dense(4, 'relu'), batchNorm(), dropout(0.5), dense(2, 'softmax'))
      const trace = (batch: number) =>
        traceTrainStep(
          { model, batch },
          { loss: 'categoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] },
        )
      expect(trace(a).layout).toEqual(trace(b).layout)
      if (a === 1 || b === 1) return
      const prims = (batch: number) => trace(batch).program.equations.map(e => e.prim)
      expect(prims(a).filter(p => p !== 'constant')).toEqual(prims(b).filter(p => p !== 'constant'))
    },
  )
})
