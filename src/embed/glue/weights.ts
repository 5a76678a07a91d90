import type { Bound } from './wasm.js'

/** A vector of weights in the memory. */
export type Vector = readonly [address: number, count: number]

/** All weights, copied, trainable ones first: what `setWeights` takes. */
export const weightsOf =
  ({ buffer }: Bound['memory'], ...vectors: readonly Vector[]) =>
  (): Float32Array => {
    const parts = vectors.map(([address, count]) => new Float32Array(buffer, address, count))
    return Float32Array.from(parts.flatMap(part => [...part]))
  }

/** Puts weights back that `weights` gave. Throws a `TypeError` for another number of them. */
export const weightsSetter =
  ({ buffer }: Bound['memory'], ...vectors: readonly Vector[]) =>
  (weights: Float32Array): void => {
    const total = vectors.reduce((n, [, count]) => n + count, 0)
    if (!(weights instanceof Float32Array) || weights.length !== total)
      throw TypeError(`setWeights: expected ${total} numbers, received ${weights?.length}`)
    let at = 0
    for (const [address, count] of vectors) {
      new Float32Array(buffer, address, count).set(weights.subarray(at, at + count))
      at += count
    }
  }

/** The name, shape and address of a weight. */
export type Place = readonly [name: string, shape: readonly number[], address: number]

/** The entries of a header by name. */
const headerIn = (bytes: Uint8Array) => {
  try {
    const entries = new Map(Object.entries(JSON.parse(new TextDecoder().decode(bytes))))
    entries.delete('__metadata__')
    return entries as Map<string, { dtype?: unknown; shape?: unknown; data_offsets?: [number, number] }>
  } catch {
    throw TypeError('load: this is not a whole safetensors file')
  }
}

/**
 * Takes the weights from the bytes of a safetensors file, as `saveWeights` writes it; nothing changes where a tensor
 * is missing or has another shape. Throws a `TypeError` that names the first such.
 */
export const weightsLoader =
  ({ buffer }: Bound['memory'], places: readonly Place[]) =>
  (file: ArrayBuffer | Uint8Array): void => {
    const bytes = file instanceof Uint8Array ? file : new Uint8Array(file)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const short = bytes.length > 8 && view.getUint32(4, true) === 0
    const start = 8 + (short ? view.getUint32(0, true) : bytes.length)
    if (start > bytes.length) throw TypeError('load: this is not a whole safetensors file')
    const header = headerIn(bytes.subarray(8, start))
    const found = places.map(([name, shape, address]) => {
      const { dtype, shape: got, data_offsets: [from, to] = [0, 0] } = header.get(name) ?? {}
      const whole = to - from === shape.reduce((n, d) => n * d, 4) && start + to <= bytes.length
      if (dtype !== 'F32' || `${got}` !== `${shape}` || !whole)
        throw TypeError(`load: ${name} is [${got ?? 'missing'}], the model needs [${shape}]`)
      return [address, bytes.subarray(start + from, start + to)] as const
    })
    // the tensors lie one after another: no holes, no overlaps, nothing after the last, none of another model
    let end = start
    for (const [, data] of [...found].sort(([, a], [, b]) => a.byteOffset - b.byteOffset)) {
      if (data.byteOffset - bytes.byteOffset !== end) end = Number.NaN
      end += data.length
    }
    if (end !== bytes.length || header.size !== places.length)
      throw TypeError('load: this file is damaged, or of another model')
    for (const [address, data] of found) new Uint8Array(buffer, address).set(data)
  }

/** `f`, which may only be called once weights are there. */
export const guarded =
  <A extends readonly unknown[], B>(isReady: () => boolean, f: (...args: A) => B) =>
  (...args: A): B => {
    if (!isReady()) throw Error('this module was built without weights: call load first')
    return f(...args)
  }
