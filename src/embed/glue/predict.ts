import { type Given, rowsIn, sizeOf } from './numbers.js'
import type { Bound } from './wasm.js'

/** An input or output: its name, the shape of a row, and its address in the memory. */
export type Port = readonly [name: string, shape: readonly number[], address: number]

/** A step and the rows that it takes. */
export type Step = readonly [rows: number, step: () => void]

/** Inputs and outputs by name. */
export type Named<T> = Readonly<Record<string, T>>

/**
 * Prediction for any number of rows. `steps` are that of many rows, and that of one, which may add in another order: it
 * is for a row alone, as in densor. The step of many is also taken with fewer rows than it has; the rows beyond are
 * left over from before, and nothing of them is read. With `fixed` only so many rows are taken. Throws a `TypeError`
 * for an input that does not fit.
 */
export const predictor = (
  { buffer }: Bound['memory'],
  inputs: readonly Port[],
  outputs: readonly Port[],
  steps: readonly Step[],
  fixed = 0,
): ((given: Named<Given>) => Named<Float32Array>) => {
  const most = steps[0]?.[0] ?? 0
  const place = ([name, shape, address]: Port) => {
    const width = sizeOf(shape)
    return { name, shape, width, view: new Float32Array(buffer, address, most * width) }
  }
  const ins = inputs.map(place)
  const outs = outputs.map(place)
  return given => {
    const data = ins.map(({ name, shape }) =>
      rowsIn(
        `predict${ins.length > 1 ? `: ${name}` : ''}`,
        given && Object.hasOwn(given, name) ? given[name] : undefined,
        shape,
        fixed,
      ),
    )
    const count = data.map((x, i) => x.length / (ins[i]?.width ?? 1))
    const n = count[0] ?? 0
    if (count.some(c => c !== n)) throw TypeError(`predict: the inputs have ${count.join(' and ')} rows`)
    const results = outs.map(({ width }) => new Float32Array(n * width))
    for (let row = 0; row < n; ) {
      const [rows, step] = steps[n > 1 ? 0 : steps.length - 1]!
      const end = Math.min(row + rows, n)
      for (const [i, { width, view }] of ins.entries()) view.set(data[i]!.subarray(row * width, end * width))
      step()
      for (const [i, { width, view }] of outs.entries())
        results[i]!.set(view.subarray(0, (end - row) * width), row * width)
      row = end
    }
    return Object.fromEntries(outs.map(({ name }, i) => [name, results[i]!]))
  }
}

/** The same for a model of one input and one output, which have no names. */
export const predictorOfOne = (
  memory: Bound['memory'],
  input: Port,
  output: Port,
  steps: readonly Step[],
  fixed = 0,
): ((x: Given) => Float32Array) => {
  const predict = predictor(memory, [input], [output], steps, fixed)
  return x => predict({ [input[0]]: x })[output[0]]!
}
