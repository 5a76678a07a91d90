import { type CompileOptions, compileAtOnce, compileProgram } from '../../compiler/compile.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { Arena } from '../../runtime/arena.js'
import { bytesOf, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { type Executable, load } from '../../runtime/executable.js'
import { bug, Fault, limitation } from '../../runtime/fault.js'
import { compactBytes } from '../text.js'
import { loadThreaded } from '../threads.js'
import type { Dataset, Machine, Step } from './machine.js'
import { portsOf, type StepProgram } from './programs.js'

interface Shared {
  readonly dtype: DType
  readonly length: number
  readonly address: number
}

interface Placed extends Dataset {
  readonly addresses: Readonly<Record<string, number>>
  readonly orderAddress: number
}

const I32 = 4

/** What the code of all its steps is for. */
type CodeOptions = Pick<CompileOptions, 'target' | 'threads' | 'relaxed'>

/** Steps as compiled plans over one arena: what all programs share lies in it once, and so do the samples. */
export class ArenaMachine implements Machine {
  readonly #arena: Arena
  readonly #code: CodeOptions
  readonly #shared = new Map<string, Shared>()
  readonly #datasets = new WeakMap<Dataset, Placed>()

  constructor(code: CodeOptions) {
    this.#code = code
    const { target, threads = 1 } = code
    // a native library's threads share what the process has; koffi takes the address of memory that is not shared
    this.#arena = new Arena(1, { shared: target === 'wasm' && threads > 1 })
  }

  async load(step: StepProgram): Promise<Step> {
    const plan = await compileProgram(step.program, { ...this.#code, ...this.#placesOf(step) })
    return this.#stepOf(step, await loadThreaded(plan, this.#arena))
  }

  loadAtOnce(step: StepProgram): Step {
    const { target, relaxed } = this.#code
    const plan = compileAtOnce(step.program, {
      ...(relaxed === undefined ? {} : { relaxed }),
      ...this.#placesOf(step),
      target: target === 'js' ? 'js' : 'wasm',
      shared: this.#arena.isShared,
    })
    return this.#stepOf(step, load(plan, this.#arena))
  }

  /** Where the numbers of a step lie. */
  #placesOf(step: StepProgram): CompileOptions {
    const { inputs } = portsOf(step)
    for (const { name, dtype, shape } of inputs) this.#place(name, dtype, sizeOf(shape))
    return {
      donate: step.donate,
      streams: step.streams,
      fixed: step.fixed,
      clean: inputs.map(({ name }) => name),
      resident: Object.fromEntries(inputs.map(({ name }) => [name, this.#find(name).address])),
      reserve: bytes => this.#arena.reserve(bytes),
      ...(step.guard === undefined ? {} : { guard: step.guard }),
    }
  }

  #stepOf(step: StepProgram, { plan, prepare, run, port }: Executable): Step {
    if (run === undefined) throw bug(`the plan of ${step.program.name} has no run`)
    return {
      program: step,
      batch: plan.streams[0]?.rows ?? 1,
      plan,
      prepare,
      run: (data, first, count) => {
        const placed = this.#datasets.get(data)
        if (placed === undefined) throw bug('the data set is not in this machine')
        const addresses = step.streams.map(name => placed.addresses[name] ?? missing(name))
        return run(count, placed.orderAddress + first * I32, ...addresses)
      },
      output: port,
    }
  }

  dataset(streams: Readonly<Record<string, AnyTensor>>, places?: number): Dataset {
    const entries = Object.entries(streams)
    const rows = entries[0]?.[1].dims[0] ?? 0
    const addresses = Object.fromEntries(
      entries.map(([name, { dtype, data }]) => {
        return [name, this.#roomFor(data.length * bytesOf(dtype))]
      }),
    )
    const fill: Dataset['fill'] = given => {
      for (const [name, { dtype, data }] of Object.entries(given))
        this.#arena.view(dtype, addresses[name] ?? missing(name), data.length).set(data)
    }
    fill(streams)
    const length = places ?? rows
    const orderAddress = this.#arena.reserve(length * I32)
    const order = (): Int32Array => new Int32Array(this.#arena.buffer, orderAddress, length)
    order().forEach((_, i, all) => {
      all[i] = i % rows
    })
    const placed: Placed = {
      rows,
      addresses,
      orderAddress,
      order,
      setOrder: rowsInOrder => order().set(rowsInOrder),
      fill,
      release: () => {
        for (const address of [...Object.values(addresses), orderAddress]) this.#arena.release(address)
      },
    }
    this.#datasets.set(placed, placed)
    return placed
  }

  /** Room for rows. Throws `out-of-memory` in words that help where all of them do not fit. */
  #roomFor(bytes: number): number {
    try {
      return this.#arena.reserve(bytes)
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== 'out-of-memory') throw thrown
      const sentence = `the data needs ${compactBytes(bytes)} beside the ${compactBytes(this.#arena.bytesReserved)} in use; memory ends at 4 GiB`
      throw limitation('out-of-memory', sentence, {
        notes: ['all rows are copied into one memory before the first step'],
        suggestion:
          'take the rows in parts: predict and evaluate each of batches(data, rows); train with compile and trainStep, ' +
          'or with fit on one part after another, with the initialWeights that the part before gave',
      })
    }
  }

  names(): readonly string[] {
    return [...this.#shared.keys()]
  }

  shared(name: string): TypedArray {
    const { dtype, address, length } = this.#find(name)
    return this.#arena.view(dtype, address, length)
  }

  #place(name: string, dtype: DType, length: number): void {
    const known = this.#shared.get(name)
    if (known === undefined)
      this.#shared.set(name, { dtype, length, address: this.#arena.reserve(length * bytesOf(dtype)) })
    else if (known.dtype !== dtype || known.length !== length)
      throw bug(
        `'${name}' is ${known.dtype}[${known.length}] in one program and ${dtype}[${length}] in another`,
      )
  }

  #find(name: string): Shared {
    return this.#shared.get(name) ?? missing(name)
  }
}

const missing = (name: string): never => {
  throw bug(`the machine has no '${name}'`)
}
