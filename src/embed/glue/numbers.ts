/** Numbers with their dimensions, as densor's tensors are. */
export interface Shaped {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number>
}

/** What a caller may pass: rows end to end, or a tensor. */
export type Given = ArrayLike<number> | Shaped

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, dim) => n * dim, 1)

/** Arrays of numbers and typed arrays of them; what a caller in JavaScript passes may be anything. */
const isNumbers = (x: unknown): x is ArrayLike<number> =>
  Array.isArray(x)
    ? x.every(v => typeof v === 'number')
    : ArrayBuffer.isView(x) && typeof (x as Float32Array)[0] === 'number'

const isShaped = (x: unknown): x is Shaped => !!x && typeof x === 'object' && 'dims' in x && 'data' in x

const show = (x: unknown): string => {
  if (isShaped(x)) return `[${x.dims.join(', ')}]`
  if (isNumbers(x)) return `${x.length} numbers`
  return x && typeof x === 'object' ? `${x.constructor?.name} without numbers` : String(x)
}

/**
 * The rows of `shape` in what the caller gave, as many as `fixed` says where it is not 0. Throws a `TypeError` that
 * says what was expected and what came.
 */
export const rowsIn = (what: string, x: unknown, shape: readonly number[], fixed = 0): Float32Array => {
  const data = isShaped(x) ? x.data : x
  const width = sizeOf(shape)
  if (isNumbers(data)) {
    const rows = data.length / width
    const fits = !isShaped(x) || `${x.dims}` === `${[rows, ...shape]}`
    if (rows && rows % 1 === 0 && fits && (!fixed || rows === fixed))
      return data instanceof Float32Array ? data : Float32Array.from(data)
  }
  throw TypeError(`${what}: expected [${[fixed || 'N', ...shape].join(', ')}], received ${show(x)}`)
}
