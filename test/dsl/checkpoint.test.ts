import { fc, test } from '@fast-check/vitest'
import { describe, expect, expectTypeOf } from 'vitest'
import { vjp } from '../../compiler/autodiff/vjp.js'
import { compileProgram, scheduleProgram } from '../../compiler/compile.js'
import { evaluate } from '../../compiler/ir/eval.js'
import { print } from '../../compiler/ir/print.js'
import type { Program } from '../../compiler/ir/program.js'
import { rebuilt } from '../../compiler/ir/rebuild.js'
import type { TensorValue } from '../../compiler/ops/row.js'
import { traceFunction } from '../../dsl/function-body.js'
import { typed } from '../../dsl/graph/node.js'
import { traceLoss } from '../../dsl/trace/loss.js'
import { type StepProgram, tracePredict } from '../../dsl/trace/step.js'
import { traceTrainStep } from '../../dsl/trace/train.js'
import {
  batchNorm,
  checkpoint,
  dense,
  dropout,
  grad,
  graph,
  input,
  jvp,
  mul,
  residual,
  type Sym,
  seq,
  sequential,
  sum,
  tanh,
} from '../../src/index.js'
import { gradientMismatches } from '../../src/testing/gradients.js'
import { runCompiled } from '../../src/testing/run.js'
import { sampleInputs } from '../../src/testing/sample.js'

type Wrap = typeof checkpoint
/** The block itself, under the type of what stands in the same places. */
const same: Wrap = typed(<L>(block: L): L => block)

const WIDTH = 32
const block = () =>
  seq(dense(WIDTH, 'tanh'), dense(WIDTH, 'relu'), dense(WIDTH, 'tanh'), dense(WIDTH, 'relu'))

/** 16 dense layers of one width, in four blocks. */
const deep = (wrap: Wrap) =>
  sequential(input(WIDTH), wrap(block()), wrap(block()), wrap(block()), wrap(block()), dense(1))

/** Layers with state and randomness inside. */
const mixed = (wrap: Wrap) =>
  sequential(
    input(6),
    wrap(seq(dense(8, 'relu'), batchNorm(), dropout(0.3), dense(8, 'tanh'))),
    wrap(residual(seq(dense(8, 'gelu'), dropout(0.5), dense(8)))),
    dense(3),
  )

const trainStep = (model: object, batch: number): StepProgram =>
  traceTrainStep({ model, batch }, { loss: 'meanSquaredError', optimizer: 'adam' })

/** Bytes that a step needs beside its ports. */
const scratchOf = ({ program, donate, streams }: StepProgram): number =>
  scheduleProgram(program, { donate, streams }).storage.scratchBytes

/** Every output after some steps, each from what the one before left. */
const after = async (step: StepProgram, steps: number): Promise<readonly TensorValue[]> => {
  let inputs = sampleInputs(step, 7)
  let outputs: readonly TensorValue[] = []
  for (let i = 0; i < steps; i++) {
    outputs = await runCompiled(step.program, inputs, { donate: step.donate })
    inputs = inputs.map((given, k) => {
      const name = step.program.inputs[k]?.name
      const place = step.program.outputs.findIndex(port => port.name === name)
      return outputs[place] ?? given
    })
  }
  return outputs
}

const bits = (values: readonly TensorValue[]) =>
  values.map(({ data }) => new Uint32Array(data.slice().buffer))

const withoutBarriers = (program: Program): Program =>
  rebuilt(program, {
    equation: (b, equation, at) =>
      equation.prim === 'optimization_barrier'
        ? (at.get(equation.inputs[0] ?? 0) ?? 0)
        : b.copy(equation, at),
  })

describe('the memory of a deep model', () => {
  const batch = 256
  const activation = batch * WIDTH * 4
  const plain = scratchOf(trainStep(deep(same), batch))
  const kept = trainStep(deep(checkpoint), batch)

  test('shrinks by the activations inside the blocks', () => {
    // 16 layers: all of them kept, or four ends of blocks and the inside of one
    expect(plain).toBeGreaterThan(16 * activation)
    expect(scratchOf(kept)).toBeLessThan(plain - 7 * activation)
  })

  test('control: without the barriers it is as large as before', () => {
    expect(scratchOf({ ...kept, program: withoutBarriers(kept.program) })).toBeGreaterThan(15 * activation)
  })
})

describe('the numbers', () => {
  test.each([
    ['a deep model', deep, 16],
    ['state and randomness inside', mixed, 5],
  ] as const)('%s: three steps of training are the same to the bit', async (_, make, batch) => {
    const plain = await after(trainStep(make(same), batch), 3)
    const kept = await after(trainStep(make(checkpoint), batch), 3)
    expect(bits(kept)).toEqual(bits(plain))
  })

  test('control: another computation differs in bits', async () => {
    const one = sequential(input(6), dense(8, 'relu'), dense(3))
    const other = sequential(input(6), dense(8, 'elu'), dense(3))
    expect(bits(await after(trainStep(one, 5), 2))).not.toEqual(bits(await after(trainStep(other, 5), 2)))
  })

  test('prediction does not know of it', () => {
    const text = (wrap: Wrap) => {
      const { program } = tracePredict({ model: mixed(wrap), batch: 4 })
      const { module } = scheduleProgram(program)
      return JSON.stringify(module)
    }
    expect(text(checkpoint)).toBe(text(same))
  })

  test.prop([fc.nat()], { numRuns: 5 })('the gradients of the loss hold', seed => {
    const model = sequential(input(3), checkpoint(seq(dense(4, 'tanh'), dense(4, 'softplus'))), dense(2))
    const { program, ...step } = traceLoss({ model, batch: 2 }, { loss: 'meanSquaredError' })
    const inputs = sampleInputs({ program, ...step }, seed)
    expect(gradientMismatches(program, inputs, { seed })).toEqual([])
  })
})

describe('the parts of a model', () => {
  test('have the types of what they hold', () => {
    const model = sequential(input(4), checkpoint(seq(dense(8), dense(3))), dense(2))
    expectTypeOf(model.out).toEqualTypeOf<['N', 2]>()
    // @ts-expect-error the dense layer within wants 5 numbers and gets 4
    const wrong = sequential(input(4), checkpoint(dense(8, { in: 5 })))
    expect(() => wrong.out).toThrow('dense: ')
    const twice = checkpoint((x: Sym<[3]>, y: Sym<[3, 3]>) => mul(x, sum(y)))
    expectTypeOf(twice).parameters.toEqualTypeOf<[Sym<[3]>, Sym<[3, 3]>]>()
  })

  test('keep their weights and names', () => {
    const { layout } = trainStep(mixed(checkpoint), 4)
    expect(layout).toEqual(trainStep(mixed(same), 4).layout)
  })

  test('are named in profiles, the second time too', async () => {
    const { program, donate, streams } = trainStep(deep(checkpoint), 8)
    const plan = await compileProgram(program, { donate, streams })
    const sources = plan.kernels.flatMap(kernel => kernel.sources)
    expect(sources.filter(source => source === 'layer1/layer2').length).toBeGreaterThan(2)
  })

  test('may be shared, nested, and used in graphs', async () => {
    const make = (wrap: Wrap) => {
      const shared = wrap(seq(dense(4, 'tanh'), wrap(seq(dense(4, 'relu'))))).as('shared')
      return graph(input(4), x => dense(1).as('end')(shared(shared(x))))
    }
    const plain = await after(trainStep(make(same), 3), 2)
    const kept = await after(trainStep(make(checkpoint), 3), 2)
    expect(bits(kept)).toEqual(bits(plain))
  })
})

describe('a function', () => {
  const wave = (x: Sym<[3]>, y: Sym<[3]>) => sum(mul(tanh(mul(x, y)), x))
  const types = [
    { shape: [3], dtype: 'f64' },
    { shape: [3], dtype: 'f64' },
  ] as const
  const numbers = [Float64Array.of(0.5, -1, 2), Float64Array.of(1, 0.25, -0.5)]

  test('has the same value and the same derivatives, to the second order and in both modes', () => {
    const results = [wave, checkpoint(wave)].map(f => {
      const slope = (x: Sym<[3]>, y: Sym<[3]>) => sum(mul(grad(f)(x, y), y))
      const program = traceFunction((x, y) => {
        const [a, b] = [typed<Sym<[3]>>(x), typed<Sym<[3]>>(y)]
        const [value, dot] = jvp(f, [a, b], [b, a])
        return { value, dot, first: grad(f)(a, b), second: grad(slope)(a, b) }
      }, types)
      return evaluate(program, numbers).map(({ data }) => Array.from(data))
    })
    expect(results[1]).toEqual(results[0])
  })

  test('may close over nodes', () => {
    const scaled = (x: Sym<[3]>, y: Sym<[3]>) => checkpoint((z: Sym<[3]>) => tanh(mul(z, y)))(x)
    const program = traceFunction((x, y) => scaled(typed(x), typed(y)), types)
    expect(evaluate(program, numbers)[0]?.data).toEqual(
      Float64Array.of(Math.tanh(0.5), Math.tanh(-0.25), Math.tanh(-1)),
    )
  })

  test('is computed again by the backward pass, behind a barrier', () => {
    const program = traceFunction((x, y) => checkpoint(wave)(typed(x), typed(y)), types)
    const text = print(vjp(program, { wrt: [0], primals: true }))
    expect(text).toContain('optimization_barrier')
    expect(text).toContain('checkpoint %0 %1 {body: @')
  })

  test('of what is no node says so', () => {
    expect(() => checkpoint((x: Sym<[3]>) => x)(typed(3))).toThrow(
      'checkpoint: an operand is 3, expected a node of the graph',
    )
  })
})
