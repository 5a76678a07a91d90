import fc from 'fast-check'
import { broadcast } from '../../dsl/types/rules.js'
import { bug, userFault } from '../../runtime/fault.js'

/** Options of `shape`; the defaults are those of Hypothesis. */
export interface ShapeOptions {
  /** Fewest dimensions. Default: 1. */
  readonly minRank?: number
  /** Most dimensions. Default: `minRank` + 2. */
  readonly maxRank?: number
  /** Smallest dimension. Default: 1. */
  readonly minSide?: number
  /** Largest dimension. Default: `minSide` + 5. */
  readonly maxSide?: number
}

const sides = ({ minSide = 1, maxSide = minSide + 5 }: ShapeOptions): fc.Arbitrary<number> =>
  fc.integer({ min: minSide, max: maxSide })

/**
 * A fast-check arbitrary of shapes. Default: 1 to 3 dimensions from 1 to 6. Shrinks to fewer and smaller
 * dimensions.
 *
 * @example
 * ```ts
 * import { shape, tensor } from 'densor/testing'
 * import * as fc from 'fast-check'
 *
 * const tensors = shape({ maxRank: 2 }).chain(dims => tensor(dims))
 * fc.assert(fc.property(tensors, ({ dims }) => dims.length <= 2))
 * ```
 */
export const shape = (options: ShapeOptions = {}): fc.Arbitrary<readonly number[]> => {
  const { minRank = 1, maxRank = minRank + 2 } = options
  return fc.array(sides(options), { minLength: minRank, maxLength: maxRank, size: 'max' })
}

/** One shape for each operand of a signature. */
type Operands<Signature extends string> = Signature extends `${infer Front}->${string}`
  ? OperandsIn<Front>
  : readonly (readonly number[])[]

type OperandsIn<Front extends string> = Front extends `${string}),(${infer Rest}`
  ? readonly [readonly number[], ...OperandsIn<`(${Rest}`>]
  : readonly [readonly number[]]

/** Shapes of operands that fit together, and the shape of the result. */
export interface RelatedShapes<Signature extends string> {
  readonly inputs: Operands<Signature>
  readonly result: readonly number[]
}

/** Options of `shapesFor`. */
export interface SignatureOptions {
  /** Smallest dimension. Default: 1. */
  readonly minSide?: number
  /** Largest dimension. Default: `minSide` + 5. */
  readonly maxSide?: number
  /** Most dimensions before those of the signature, in any operand. Default: 2. */
  readonly maxBatchRank?: number
}

/**
 * A fast-check arbitrary of shapes that broadcast together by a signature of NumPy's generalised functions,
 * as Hypothesis draws them. Dimensions of one name are equal, a number stands for itself, and each operand
 * has some of the same dimensions in front, or 1 instead. Throws a `Fault` `bad-signature` if the
 * signature cannot be read.
 *
 * @example
 * ```ts
 * import { shapesFor } from 'densor/testing'
 * import * as fc from 'fast-check'
 *
 * const products = shapesFor('(m,n),(n,p)->(m,p)') // what a batched matrix product takes
 * fc.assert(fc.property(products, ({ inputs: [a, b] }) => a.at(-1) === b.at(-2)))
 * ```
 */
export const shapesFor = <const Signature extends string>(
  signature: Signature,
  options: SignatureOptions = {},
): fc.Arbitrary<RelatedShapes<Signature>> => {
  const { inputs, result } = parse(signature)
  const names = [...new Set([...inputs, result].flat())].filter(dim => typeof dim === 'string')
  const side = sides(options)
  const sizes = fc
    .tuple(...names.map(() => side))
    .map(drawn => new Map(names.map((name, i) => [name, drawn[i]])))
  const batch = fc.array(side, { maxLength: options.maxBatchRank ?? 2, size: 'max' })
  const cuts = fc.array(fc.record({ drop: fc.nat(8), ones: fc.array(fc.boolean(), { maxLength: 8 }) }), {
    minLength: inputs.length,
    maxLength: inputs.length,
  })
  return fc.tuple(sizes, batch, cuts).map(([known, whole, cut]) => {
    const sizeOf = (dim: string | number): number => (typeof dim === 'number' ? dim : (known.get(dim) ?? 1))
    const fronts = inputs.map((_, i) => frontOf(whole, cut[i]?.drop ?? 0, cut[i]?.ones ?? []))
    const front = fronts.reduce<readonly number[]>((a, b) => broadcast('shapesFor', a, b).map(Number), [])
    // The one cast: one shape for each operand that the signature has, which its type counts.
    const drawn = inputs.map((core, i) => [...(fronts[i] ?? []), ...core.map(sizeOf)]) as unknown
    return { inputs: drawn as Operands<Signature>, result: [...front, ...result.map(sizeOf)] }
  })
}

/** The last dimensions of a batch, some of them 1. */
const frontOf = (whole: readonly number[], drop: number, ones: readonly boolean[]): readonly number[] => {
  const start = drop % (whole.length + 1)
  return whole.slice(start).map((size, i) => (ones[i] === true ? 1 : size))
}

type Core = readonly (string | number)[]

const SHAPE = /\(([\w,]*)\)/g
const SIGNATURE = /^(\([\w,]*\))(,\([\w,]*\))*->\([\w,]*\)$/

/** A signature taken apart. */
const parse = (signature: string): { readonly inputs: readonly Core[]; readonly result: Core } => {
  const bad = (why: string) =>
    userFault('bad-signature', `shapesFor: '${signature}' ${why}`, {
      suggestion: "Write it like '(m,n),(n,p)->(m,p)', without blanks.",
    })
  if (!SIGNATURE.test(signature)) throw bad('is not a signature')
  const cores = [...signature.matchAll(SHAPE)].map(
    ([, text = '']): Core =>
      text === '' ? [] : text.split(',').map(dim => (/^\d+$/.test(dim) ? Number(dim) : dim)),
  )
  const inputs = cores.slice(0, -1)
  const result = cores.at(-1)
  if (result === undefined) throw bug('a signature that was matched has a result')
  const known = new Set(inputs.flat())
  const unknown = result.find(dim => typeof dim === 'string' && !known.has(dim))
  if (unknown !== undefined) throw bad(`gives '${unknown}', which no operand has`)
  return { inputs, result }
}
