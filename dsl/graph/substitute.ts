/** A graph with other nodes in the place of some of its own. */
import { inOrder } from './lower.js'
import { type Node, rebuiltNode } from './node.js'

/** The graph under `root` with `put`'s values in the place of its keys; layers stay as they are. */
export const substituted = (root: Node, put: ReadonlyMap<Node, Node>): Node => {
  const done = new Map(put)
  const of = (node: Node): Node => done.get(node) ?? node
  const place = (roots: readonly Node[]): void => {
    for (const node of inOrder(roots, done)) {
      // What a function closes over is replaced in its own graph, too.
      if (node.op.kind === 'function') place(node.op.fn.results)
      done.set(node, rebuiltNode(node, of))
    }
  }
  place([root])
  return of(root)
}
