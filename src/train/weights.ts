import { emptyVectors, type WeightVectors } from '../../dsl/trace/initial.js'
import type { AnyTensor } from '../../dsl/types/layer.js'
import { sizeOf } from '../../runtime/dtype.js'
import { userFault } from '../../runtime/fault.js'
import { flawOf, MEND_TENSOR, nonFinitePlace } from '../data/checks.js'
import { isTensor } from '../data/elements.js'
import { tensorOf } from '../data/tensor.js'
import type { WeightLayout, WeightSpec } from './programs.js'

/** Weights as users hold them: tensors in records, by layer and name. */
export interface WeightTree {
  readonly [name: string]: AnyTensor | WeightTree
}

/** `layer0/kernel`: how messages and files name a weight. */
export const nameOf = ({ path }: WeightSpec): string => path.join('/')

/** All tensors of a tree by their joined names, in order; what is neither tensor nor record has none. */
export const leavesOf = (
  tree: WeightTree,
  prefix = '',
): readonly (readonly [name: string, tensor: AnyTensor])[] =>
  typeof tree !== 'object' || tree === null
    ? []
    : Object.entries(tree).flatMap(([name, node]) =>
        isTensor(node) ? [[prefix + name, node] as const] : leavesOf(node, `${prefix}${name}/`),
      )

/** The tree of a model's weights, copied out of their flat vectors. */
export const treeOf = (layout: WeightLayout, { params, state }: WeightVectors): WeightTree => {
  const root: Branch = new Map()
  for (const { path, shape, trainable, offset } of layout.weights) {
    const data = (trainable ? params : state).slice(offset, offset + sizeOf(shape))
    let at = root
    for (const name of path.slice(0, -1)) {
      const found = at.get(name)
      const inner: Branch = found instanceof Map ? found : new Map()
      at.set(name, inner)
      at = inner
    }
    at.set(path.at(-1) ?? '', tensorOf(shape, 'f32', data))
  }
  return recordOf(root)
}

/** A tree in the making: a layer may have any name, `__proto__` too, which a record takes only when it is made. */
type Branch = Map<string, AnyTensor | Branch>

const recordOf = (branch: Branch): WeightTree =>
  Object.fromEntries([...branch].map(([name, node]) => [name, node instanceof Map ? recordOf(node) : node]))

/**
 * A weight of a file or a tree against the layout: what does not fit, in a line; `undefined` when it does.
 */
const mistakeOf = (spec: WeightSpec, found: AnyTensor | undefined): string | undefined => {
  const name = nameOf(spec)
  if (found === undefined) return `${name}: missing, the model needs [${spec.shape.join(', ')}]`
  if (found.dtype !== 'f32') return `${name}: is ${found.dtype}, the model needs f32`
  const flaw = flawOf(found)
  if (flaw !== undefined) return `${name}: ${flaw}`
  const same = found.dims.length === spec.shape.length && found.dims.every((d, i) => d === spec.shape[i])
  return same
    ? undefined
    : `${name}: is [${found.dims.join(', ')}], the model needs [${spec.shape.join(', ')}]`
}

/**
 * The flat vectors of named tensors that are meant as this model's weights: fresh ones, unless there are some to fill.
 * Throws `wrong-weights`, listing every tensor that is missing, too many, or of another shape or dtype.
 */
export const flatOf = (
  layout: WeightLayout,
  named: readonly (readonly [name: string, tensor: AnyTensor])[],
  what: string,
  into?: WeightVectors,
): WeightVectors => {
  const byName = new Map(named)
  const wanted = new Set(layout.weights.map(nameOf))
  const mistakes = [
    ...layout.weights.flatMap(spec => mistakeOf(spec, byName.get(nameOf(spec))) ?? []),
    ...named
      .filter(([name]) => !wanted.has(name))
      .map(([name, { dims }]) => `${name}: [${dims.join(', ')}] has no place in the model`),
  ]
  if (mistakes.length > 0)
    throw userFault('wrong-weights', `${what} are not the weights of this model`, {
      notes: mistakes,
      suggestion: named.some(([, tensor]) => flawOf(tensor) !== undefined)
        ? MEND_TENSOR
        : 'use the model that the weights were made with',
    })
  const snapshot = into ?? emptyVectors(layout)
  for (const spec of layout.weights) {
    const data = byName.get(nameOf(spec))?.data ?? []
    ;(spec.trainable ? snapshot.params : snapshot.state).set(data, spec.offset)
  }
  return snapshot
}

/** Throws `non-finite-weights` at the first weight that has a NaN or an infinity: a training that went wrong left it. */
export const checkFiniteWeights = (weights: WeightTree, what: string): void => {
  for (const [name, tensor] of leavesOf(weights)) {
    const place = nonFinitePlace(tensor)
    if (place === undefined) continue
    throw userFault('non-finite-weights', `${what}: ${name} has ${place}`, {
      suggestion: 'use weights from before that happened: earlier ones, or those that a DivergedFault holds',
    })
  }
}
