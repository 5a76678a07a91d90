import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import type { View } from '../ops/row.js'
import { stridesOf } from '../ops/tensor.js'
import type { Group } from './fusion.js'
import { type Node, readAtPoints } from './nodes.js'
import { viewOver } from './views.js'

/** Row-major over the outer dimensions; the inner ones do not move it. */
export const wholeOverOuter = (space: readonly number[], inner: readonly boolean[]): View => {
  const strides = stridesOf(space.map((extent, d) => (inner[d] ? 1 : extent)))
  return { shape: space, strides: strides.map((s, d) => (inner[d] ? 0 : s)), offset: 0 }
}

/** Every view that members read from outside the group, spread over the dimensions of the space. */
export const viewsFromOutside = (
  group: Group,
  members: ReadonlyMap<Value, Node>,
  inner: readonly boolean[],
): { readonly original: View; readonly spread: View }[] => {
  const seen = new Map<View, View>()
  for (const node of group.members) {
    const onSpace = node.kind === 'reduction' || !group.isOuter(node)
    for (const { root, view } of readAtPoints(node)) {
      if (!members.has(root)) seen.set(view, spreadView(view, group.space, onSpace ? undefined : inner))
    }
  }
  return [...seen].map(([original, spread]) => ({ original, spread }))
}

/** A view with the dimensions of the space; a view of the outer dimensions stands still along the inner ones. */
const spreadView = (view: View, space: readonly number[], inner: readonly boolean[] | undefined): View => {
  const spread = viewOver(view, space, inner)
  if (spread === undefined) throw bug(`schedule: a view of [${view.shape}] over [${space}]`)
  return spread
}
