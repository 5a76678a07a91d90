/** Puts the layers of a graph in place for one mode, and collects what they asked for. */
import { bug, userFault } from '../../runtime/fault.js'
import type { Shape } from '../types/dims.js'
import { nameClash, needsAName } from '../types/wording.js'
import { cast } from './elementwise.js'
import { type Call, type LayerContext, leaf, type Node, rebuiltNode, type WeightDeclaration } from './node.js'
import { inLayer } from './place.js'
import { foldIn, keyConstant } from './random.js'

/** A weight that the layers asked for, and the leaf that stands for it. */
export interface CollectedWeight {
  readonly path: readonly string[]
  readonly node: Node
  readonly declaration: WeightDeclaration
  readonly identity: object
}

/** A layer put in place, for summaries: where, what, and the shape it gives. */
export interface PlacedLayer {
  readonly path: readonly string[]
  readonly kind: string
  readonly output: Shape
  /** What was called: the same for a layer that is used twice. */
  readonly identity: object
}

/** A graph without layers. */
export interface Elaborated {
  readonly outputs: readonly Node[]
  /** In the order in which the layers are computed, each layer's in its own order. */
  readonly weights: readonly CollectedWeight[]
  readonly penalties: readonly Node[]
  readonly updates: ReadonlyMap<Node, Node>
  readonly layers: readonly PlacedLayer[]
  /** The layer that each node belongs to. */
  readonly sources: ReadonlyMap<Node, string>
  readonly random: RandomLeaves
  readonly usesRandom: boolean
}

/** The model's key (u32[2]) and the number of the step (i32[]). */
export interface RandomLeaves {
  readonly key: Node
  readonly iterations: Node
}

interface Owner {
  readonly path: readonly string[]
  readonly label: string
  readonly identity: object | undefined
  readonly kind: string
}

interface Task {
  readonly node: Node
  readonly owner: Owner
  next: number
  /** A layer's graph, once it is put in place. */
  expansion?: Node
}

const OUTSIDE: Owner = { path: [], label: '', identity: undefined, kind: 'graph' }

/** How a graph is put in place. */
export interface ElaborateOptions {
  readonly training: boolean
  /** Nodes from outside that stand for leaves: they are taken as they are. */
  readonly bound?: ReadonlyMap<Node, Node>
  /** What stands for a weight instead of a leaf of its own. */
  readonly weight?: (path: readonly string[], declaration: WeightDeclaration) => Node
  /** What stands for the model's key and the number of the step. */
  readonly random?: RandomLeaves
}

/** The graph under `roots` with every layer put in place. */
export const elaborate = (roots: readonly Node[], options: ElaborateOptions): Elaborated =>
  new Elaboration(options).run(roots)

class Elaboration {
  readonly #training: boolean
  readonly #done = new Map<Node, Node>()
  readonly #open: Task[] = []
  readonly #sources = new Map<Node, string>()
  readonly #weights = new Map<string, CollectedWeight>()
  readonly #layers: PlacedLayer[] = []
  readonly #penalties: { readonly node: Node; readonly owner: Owner }[] = []
  readonly #updates = new Map<Node, { readonly node: Node; readonly owner: Owner }>()
  readonly #random: RandomLeaves = { key: leaf('key', [2], 'u32'), iterations: leaf('iterations', [], 'i32') }
  #randomLayers = 0
  #usesRandom = false

  readonly #given: ElaborateOptions['weight']

  constructor({ training, bound = new Map(), weight, random }: ElaborateOptions) {
    this.#training = training
    this.#given = weight
    for (const [from, to] of bound) this.#bind(from, to)
    if (random === undefined) return
    this.#bind(this.#random.key, random.key)
    this.#bind(this.#random.iterations, random.iterations)
  }

  /** A node from outside is put in place by the graph that it belongs to. */
  #bind(from: Node, to: Node): void {
    this.#done.set(to, to)
    this.#done.set(from, to)
  }

  run(roots: readonly Node[]): Elaborated {
    const outputs = roots.map(root => this.#elaborate(root, OUTSIDE))
    const penalties = this.#penalties.map(({ node, owner }) => this.#elaborate(node, owner))
    const updates = new Map(
      [...this.#updates].map(([state, { node, owner }]) => [state, this.#elaborate(node, owner)] as const),
    )
    return {
      outputs,
      penalties,
      updates,
      weights: [...this.#weights.values()],
      layers: this.#layers,
      sources: this.#sources,
      random: this.#random,
      usesRandom: this.#usesRandom,
    }
  }

  #elaborate(root: Node, owner: Owner): Node {
    this.#visit(root, owner)
    for (let task = this.#open.at(-1); task !== undefined; task = this.#open.at(-1)) this.#advance(task)
    return this.#of(root)
  }

  #visit(node: Node, owner: Owner): void {
    if (!this.#done.has(node)) this.#open.push({ node, owner, next: 0 })
  }

  #advance(task: Task): void {
    const { node, owner } = task
    const needs = needsOf(node)
    const need = needs[task.next]
    if (this.#done.has(node)) this.#open.pop()
    else if (need !== undefined) {
      task.next += 1
      this.#visit(need, owner)
    } else if (node.op.kind === 'call' && task.expansion === undefined) {
      const inner = this.#ownerOf(node.op.call, owner)
      task.expansion = this.#expand(node, node.op.call, inner)
      this.#visit(task.expansion, inner)
    } else {
      const of = (other: Node): Node => this.#of(other)
      this.#finish(node, task.expansion === undefined ? rebuiltNode(node, of) : of(task.expansion), owner)
      this.#open.pop()
    }
  }

  #of(node: Node): Node {
    const found = this.#done.get(node)
    if (found === undefined) throw bug('elaborate: a node was not reached')
    return found
  }

  #finish(node: Node, result: Node, owner: Owner): void {
    this.#done.set(node, result)
    this.#done.set(result, result)
    if (!this.#sources.has(result)) this.#sources.set(result, owner.label)
  }

  #ownerOf(call: Call, owner: Owner): Owner {
    const path = call.key === undefined ? owner.path : [...owner.path, call.key]
    return { path, label: path.join('/'), identity: call.identity, kind: call.kind }
  }

  #expand(node: Node, call: Call, owner: Owner): Node {
    const input = node.inputs[0]
    if (input === undefined) throw bug('elaborate: a layer without an input')
    this.#layers.push({ path: owner.path, kind: call.kind, output: node.shape, identity: call.identity })
    const place = owner.label === '' ? undefined : owner.label
    return inLayer(place, call.kind, () => call.expand(this.#of(input), this.#contextOf(owner)))
  }

  #contextOf(owner: Owner): LayerContext {
    let own: number | undefined
    return {
      training: this.#training,
      weight: (name, declaration) => this.#weight(owner, name, declaration),
      update: (name, value) => this.#update(owner, name, value),
      penalty: node => void this.#penalties.push({ node, owner }),
      random: seed => {
        own ??= this.#randomLayers++
        return this.#key(own, seed)
      },
    }
  }

  #key(layer: number, seed: number | undefined): Node {
    this.#usesRandom = true
    const { key, iterations } = this.#random
    const base = seed === undefined ? key : keyConstant(0, seed)
    return foldIn(foldIn(base, cast(iterations, 'u32')), layer)
  }

  #weight(owner: Owner, name: string, declaration: WeightDeclaration): Node {
    if (owner.path.length === 0) {
      throw userFault('needs-a-name', needsAName(owner.kind), {
        suggestion: `Write ${owner.kind}(…).as('a name').`,
      })
    }
    const path = [...owner.path, name]
    const known = this.#weights.get(path.join('/'))
    if (known !== undefined) return this.#shared(known, owner, declaration)
    const node = leaf(path.join('/'), declaration.shape)
    const given = this.#given?.(path, declaration)
    if (given !== undefined) this.#bind(node, given)
    const identity = owner.identity ?? node
    this.#weights.set(path.join('/'), { path, node, declaration, identity })
    return node
  }

  /** One set of weights for one layer, however often it is called; state goes on from its last update. */
  #shared(known: CollectedWeight, owner: Owner, declaration: WeightDeclaration): Node {
    const { shape } = known.declaration
    const same =
      shape.length === declaration.shape.length && shape.every((d, i) => d === declaration.shape[i])
    if (known.identity !== owner.identity || !same) {
      throw userFault('name-clash', nameClash(owner.path.join('/')), {
        suggestion: 'Give each layer a name of its own, or call one layer value twice to share its weights.',
      })
    }
    return this.#updates.get(known.node)?.node ?? known.node
  }

  #update(owner: Owner, name: string, node: Node): void {
    if (!this.#training) return
    const known = this.#weights.get([...owner.path, name].join('/'))
    if (known === undefined || known.declaration.trainable !== false) {
      throw userFault('not-state', `${owner.kind}: '${name}' is not a state of this layer`, {
        suggestion: "Declare it among the layer's weights with trainable: false, and read it before.",
      })
    }
    this.#updates.set(known.node, { node, owner })
  }
}

/** What must be done before a node: its operands, and the graph of the function that it is. */
const needsOf = (node: Node): readonly Node[] =>
  node.op.kind === 'function' ? [...node.inputs, ...node.op.fn.results] : node.inputs
