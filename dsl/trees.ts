/** Trees of nodes or tensors at run time: their leaves in order, and the same tree with other leaves. */
import { userFault } from '../runtime/fault.js'
import { Node } from './graph/node.js'

/** What the leaves of a tree are. */
export interface LeafKind<T> {
  readonly is: (x: unknown) => x is T
  /** As a sentence calls one. */
  readonly noun: string
  /** What to do about something else. */
  readonly suggestion: string
}

/** Trees of nodes. */
export const NODES: LeafKind<Node> = {
  is: x => x instanceof Node,
  noun: 'a node of the graph',
  suggestion: 'pass a node, or a record or list of nodes; jit makes nodes of its arguments',
}

/** A leaf, and the names and indices that lead to it. */
export interface Leaf<T> {
  readonly path: readonly string[]
  readonly value: T
}

/** What can be walked: a list, or a record that was written as `{ … }`. */
const branchesOf = (x: unknown): readonly (readonly [string, unknown])[] | undefined => {
  if (typeof x !== 'object' || x === null) return undefined
  if (Array.isArray(x)) return [...x.entries()].map(([i, inner]) => [String(i), inner] as const)
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null ? Object.entries(x) : undefined
}

/** Trees are nested by hand, or by the layers of a model; what is deeper contains itself. */
const DEEPEST = 100

/** All leaves of a tree, in order. Throws `not-a-tree` where something else stands; `what` names the tree. */
export const leavesOfTree = <T>(what: string, tree: unknown, kind: LeafKind<T>): readonly Leaf<T>[] => {
  const found: Leaf<T>[] = []
  const walk = (x: unknown, path: readonly string[]): void => {
    if (kind.is(x)) {
      found.push({ path, value: x })
      return
    }
    const branches = path.length > DEEPEST ? undefined : branchesOf(x)
    if (branches === undefined) throw notATree(what, kind, x, path)
    for (const [name, inner] of branches) walk(inner, [...path, name])
  }
  walk(tree, [])
  return found
}

/** The tree with other leaves: `next` gives one for each, in order. */
export const withLeaves = <T>(tree: unknown, kind: LeafKind<T>, next: () => unknown): unknown => {
  if (kind.is(tree)) return next()
  if (Array.isArray(tree)) return tree.map(inner => withLeaves(inner, kind, next))
  const branches = branchesOf(tree) ?? []
  return Object.fromEntries(branches.map(([name, inner]) => [name, withLeaves(inner, kind, next)]))
}

/** The tree with other leaves, given as a list in their order. */
export const rebuilt = <T>(tree: unknown, kind: LeafKind<T>, leaves: readonly unknown[]): unknown => {
  let i = 0
  return withLeaves(tree, kind, () => leaves[i++])
}

/**
 * The leaves of a tree in the order of `paths`, which it must have, whatever the order of its own. Throws
 * `shape-mismatch` where a leaf is missing or too many.
 */
export const leavesAt = <T>(
  what: string,
  tree: unknown,
  kind: LeafKind<T>,
  paths: readonly (readonly string[])[],
): readonly T[] => {
  const leaves = leavesOfTree(what, tree, kind)
  if (leaves.length === paths.length && leaves.every(({ path }, i) => samePath(path, paths[i])))
    return leaves.map(({ value }) => value)
  const byPath = new Map(leaves.map(({ path, value }) => [JSON.stringify(path), value] as const))
  const wanted = new Set(paths.map(path => JSON.stringify(path)))
  const extra = leaves.find(({ path }) => !wanted.has(JSON.stringify(path)))
  if (extra !== undefined)
    throw userFault('shape-mismatch', `${what}: ${shown(extra.path)} is not in the tree that was expected`, {
      suggestion: `the tree has ${paths.map(shown).join(', ')}`,
    })
  return paths.map(path => {
    const value = byPath.get(JSON.stringify(path))
    if (value === undefined) throw userFault('shape-mismatch', `${what}: ${shown(path)} is missing`)
    return value
  })
}

const samePath = (a: readonly string[], b: readonly string[] = []): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

/** A place in a tree as messages name it: `layer0.kernel`. */
export const shown = (path: readonly string[]): string =>
  path.length === 0 ? 'a node' : path.slice(0, 8).join('.')

const notATree = <T>(what: string, kind: LeafKind<T>, x: unknown, path: readonly string[]) => {
  const place = path.length === 0 ? what : `${what} at ${shown(path)}`
  if (path.length > DEEPEST)
    return userFault('not-a-tree', `${place}: the tree is nested more than ${DEEPEST} deep`, {
      suggestion: 'check that it does not contain itself',
    })
  return userFault('not-a-tree', `${place}: received ${describe(x)}, expected ${kind.noun}`, {
    suggestion: kind.suggestion,
  })
}

const describe = (x: unknown): string => {
  if (typeof x === 'function') return 'a layer, a model or a function'
  if (typeof x !== 'object' || x === null) return String(x)
  if (x instanceof Node) return 'a node of a graph'
  return 'dims' in x && 'data' in x ? 'a tensor' : 'an object'
}
