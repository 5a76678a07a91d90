import { evaluate } from '../../compiler/ir/eval.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { allocate, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { bug } from '../../runtime/fault.js'
import { takeRows } from '../data/rows.js'
import { tensorOf } from '../data/tensor.js'
import type { Dataset, Machine, Step } from './machine.js'
import { portsOf, type StepProgram } from './programs.js'

/** Steps by the slow evaluator: what the compiled targets are compared with, and what names the first NaN. */
export class EvalMachine implements Machine {
  readonly #shared = new Map<string, TypedArray>()
  readonly #samples = new WeakMap<Dataset, Readonly<Record<string, AnyTensor>>>()

  async load(step: StepProgram): Promise<Step> {
    return this.loadAtOnce(step)
  }

  loadAtOnce(step: StepProgram): Step {
    const { inputs, batch } = portsOf(step)
    for (const { name, dtype, shape } of inputs)
      if (!this.#shared.has(name)) this.#shared.set(name, allocate(dtype, sizeOf(shape)))
    let outputs: ReadonlyMap<string, TypedArray> = new Map()
    return {
      program: step,
      batch,
      plan: undefined,
      prepare: () => undefined,
      run: (data, first, count) => {
        for (let done = 0; done < count; done++) {
          outputs = this.#step(step, data, first + done * batch, batch)
          const guard = step.guard === undefined ? undefined : outputs.get(step.guard)
          if (guard !== undefined && !Number.isFinite(guard[0])) return done
        }
        return count
      },
      output: name => outputs.get(name) ?? missing(name),
    }
  }

  dataset(streams: Readonly<Record<string, AnyTensor>>, places?: number): Dataset {
    const rows = Object.values(streams)[0]?.dims[0] ?? 0
    const order = Int32Array.from({ length: places ?? rows }, (_, i) => i % rows)
    const dataset: Dataset = {
      rows,
      order: () => order,
      setOrder: given => order.set(given),
      fill: given => {
        const copies = Object.entries(given).map(
          ([name, { dims, dtype, data }]) => [name, tensorOf(dims, dtype, data.slice())] as const,
        )
        this.#samples.set(dataset, Object.fromEntries(copies))
      },
      release: () => void this.#samples.delete(dataset),
    }
    dataset.fill(streams)
    return dataset
  }

  names(): readonly string[] {
    return [...this.#shared.keys()]
  }

  shared(name: string): TypedArray {
    return this.#shared.get(name) ?? missing(name)
  }

  #step(step: StepProgram, data: Dataset, first: number, batch: number): ReadonlyMap<string, TypedArray> {
    const rows = data.order().subarray(first, first + batch)
    const samples = this.#samples.get(data) ?? {}
    const inputs = step.program.inputs.map(({ name }) => {
      const stream = samples[name]
      return step.streams.includes(name) && stream !== undefined
        ? takeRows(stream, rows).data
        : this.shared(name)
    })
    const values = evaluate(step.program, inputs)
    const outputs = new Map<string, TypedArray>()
    step.program.outputs.forEach(({ name }, i) => {
      outputs.set(name, values[i]?.data ?? missing(name))
    })
    for (const [output, input] of step.donate) this.shared(input).set(outputs.get(output) ?? missing(output))
    return outputs
  }
}

const missing = (name: string): never => {
  throw bug(`the machine has no '${name}'`)
}
