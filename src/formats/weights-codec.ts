import type { Either } from 'fp-ts/lib/Either.js'
import { isLayer } from '../../dsl/layers/layer.js'
import { isModel } from '../../dsl/model.js'
import type { AnyTensor, LayerFn } from '../../dsl/types/layer.js'
import type { AnyModel, AnyMultiModel } from '../../dsl/types/model.js'
import type { DecodeWeightsFn } from '../../dsl/types/signatures.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { flawOf, MEND_TENSOR } from '../data/checks.js'
import { isTensor } from '../data/elements.js'
import { tensorOf } from '../data/tensor.js'
import { attempt } from '../errors.js'
import { layoutFor } from '../train/layout.js'
import { flatOf, leavesOf, treeOf, type WeightTree } from '../train/weights.js'
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './safetensors.js'

const TASK = 'this is a task or a promise, not its result; write await before it'
const FITTED = 'this is what fit gives; pass its .weights'
const NO_TREE = 'this is not a record of tensors; pass what init gives, or the .weights that fit gives'

const MODEL = 'this is a model, not its weights; pass what init gives, or the .weights that fit gives'
const EMPTY = 'there are no tensors in it; pass what init gives, or the .weights that fit gives'

/** What stands nowhere in weights. */
type Stray =
  | readonly unknown[]
  | ArrayBufferView
  | string
  | number
  | boolean
  | undefined
  | null
  | ((...args: never[]) => unknown)

/** What can be saved: weights as they are; anything else becomes the sentence that refuses it. */
export type Savable<W> = unknown extends W
  ? W
  : W extends LayerFn | AnyModel | AnyMultiModel
    ? typeof MODEL
    : W extends ((...args: never[]) => unknown) | PromiseLike<unknown>
      ? typeof TASK
      : W extends { readonly weights: object; readonly history: object }
        ? typeof FITTED
        : W extends Stray
          ? typeof NO_TREE
          : [keyof W] extends [never]
            ? string extends W // the type of {}, and not that of any object
              ? typeof EMPTY
              : W
            : Extract<W[keyof W], Stray> extends never
              ? W
              : typeof NO_TREE

const notWeights = (op: string, sentence: string): Fault => {
  const [what = '', suggestion = ''] = sentence.split('; ')
  return userFault('not-weights', `${op}: ${what}`, { suggestion })
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && [Object.prototype, null].includes(Object.getPrototypeOf(x))

/** Where a tree holds something that is neither a tensor nor a record of such. */
const strayIn = (tree: Readonly<Record<string, unknown>>, prefix = ''): string | undefined => {
  for (const [name, node] of Object.entries(tree)) {
    if (isTensor(node)) continue
    const stray = isRecord(node) ? strayIn(node, `${prefix}${name}/`) : `${prefix}${name}`
    if (stray !== undefined) return stray
  }
  return undefined
}

/** The tensors of weights by name. Throws `not-weights`, `wrong-weights` where their data is gone. */
export const namedTensors = (
  op: string,
  given: unknown,
): readonly (readonly [name: string, tensor: AnyTensor])[] => {
  if (isModel(given) || isLayer(given)) throw notWeights(op, MODEL)
  if (
    typeof given === 'function' ||
    (isRecord(given) && typeof given.then === 'function') ||
    given instanceof Promise
  )
    throw notWeights(op, TASK)
  if (!isRecord(given) || isTensor(given)) throw notWeights(op, NO_TREE)
  if ('weights' in given && 'history' in given) throw notWeights(op, FITTED)
  const stray = strayIn(given)
  if (stray !== undefined)
    throw userFault('not-weights', `${op}: ${stray} is not a tensor`, {
      suggestion: 'pass what init gives, or the .weights that fit gives',
    })
  // Every node was seen to be a tensor or a record.
  const leaves = leavesOf(given as WeightTree)
  const flaws = leaves.flatMap(([name, tensor]) => {
    const flaw = flawOf(tensor)
    return flaw === undefined ? [] : [`${name}: ${flaw}`]
  })
  if (flaws.length > 0)
    throw userFault('wrong-weights', `${op}: tensors of the weights are broken`, {
      notes: flaws,
      suggestion: MEND_TENSOR,
    })
  return leaves
}

/** The bytes of a safetensors file with these weights. Throws `not-weights`, `wrong-weights`. */
export const bytesOfWeights = (op: string, weights: unknown): Uint8Array<ArrayBuffer> => {
  const named = namedTensors(op, weights)
  if (named.length === 0) throw notWeights(op, EMPTY)
  return encodeSafetensors({ tensors: named.map(heldAs), metadata: { format: 'densor' } })
}

/** A tensor under its name, as files hold it. */
export const heldAs = ([name, { dtype, dims, data }]: readonly [string, AnyTensor]): NamedTensor => ({
  name,
  dtype,
  shape: dims,
  data,
})

/** The bytes that a caller gave. Throws `not-bytes`. */
export const bytesGiven = (op: string, source: unknown): Uint8Array => {
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source
  if (bytes instanceof Uint8Array) return bytes
  throw userFault('not-bytes', `${op}: the source is not bytes`, {
    suggestion: 'pass a Uint8Array or an ArrayBuffer: decodeWeights(model, bytes), decodeModel(bytes)',
  })
}

/** The tensors in the bytes of a safetensors file. Throws `malformed-file`. */
export const tensorsIn = (
  bytes: Uint8Array,
  file: string,
): readonly (readonly [name: string, tensor: AnyTensor])[] =>
  decodeSafetensors(bytes, file).tensors.map(({ name, dtype, shape, data }) => [
    name,
    tensorOf(shape, dtype, data),
  ])

/**
 * Takes the weights of a model out of the bytes of a safetensors file. The model is looked at before there are bytes:
 * what is wrong with it is told whatever the file is. Throws `malformed-file`, `wrong-weights`.
 */
export const weightsReader = (
  model: unknown,
  sizes: Readonly<Record<string, number>> | undefined,
): ((bytes: Uint8Array, file: string) => WeightTree) => {
  const layout = layoutFor(model, undefined, sizes)
  return (bytes, file) => treeOf(layout, flatOf(layout, tensorsIn(bytes, file), file))
}

/**
 * Weights as the bytes of a safetensors file, for IndexedDB, a database or the network; `saveWeights` writes
 * the same bytes. A tensor's name is its path, such as `layer0/kernel`. Fails with a user fault `not-weights`
 * if given something else, and `wrong-weights` if a tensor's data is missing.
 *
 * @example
 * ```ts
 * import { decodeWeights, dense, encodeWeights, init, input, sequential, unwrap } from 'densor'
 *
 * const model = sequential(input(2), dense(3))
 * const bytes = unwrap(encodeWeights(unwrap(init(model))))
 * console.log(unwrap(decodeWeights(model, bytes)).layer0.kernel.dims)
 * ```
 */
export const encodeWeights = <W>(weights: Savable<W>): Either<Fault, Uint8Array<ArrayBuffer>> =>
  attempt(() => bytesOfWeights('encodeWeights', weights))

/**
 * The weights of a model from the bytes of a safetensors file, as `encodeWeights` and `saveWeights` make
 * them. Fails with a user fault `malformed-file` if the bytes are not such a file, and `wrong-weights`, which
 * lists every tensor that is missing, unknown, or of another shape, if the weights do not fit the model.
 *
 * @example
 * ```ts
 * import { decodeWeights, dense, input, sequential } from 'densor'
 *
 * const model = sequential(input(2), dense(3))
 * const read = decodeWeights(model, new Uint8Array([1, 2, 3]))
 * console.log(read._tag === 'Left' ? read.left.message : read.right.layer0.kernel.dims)
 * ```
 */
export const decodeWeights: DecodeWeightsFn<ArrayBuffer | Uint8Array> = (model, source, options = {}) =>
  attempt(() => {
    const bytes = bytesGiven('decodeWeights', source)
    // The typed edge: the layout has the layers and weights that WeightsOf computes.
    return weightsReader(model, options.sizes)(bytes, 'decodeWeights: the source') as never
  })
