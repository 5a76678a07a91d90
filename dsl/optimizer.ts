/** What an optimizer is. */
import type { Node } from './graph/node.js'
import type { AlsoFrom, OptimizerState, Updated } from './types/trees.js'

/** One step of an optimizer, as nodes: on all weights as one vector, or on one weight. */
export interface OptimizerSite {
  /** The weights, decayed already. */
  readonly params: Node
  /** Their gradients, of the same shape, clipped already. */
  readonly grads: Node
  /** The optimizer's own numbers, of the same shape each. */
  readonly slots: readonly Node[]
  /** The number of this step, from 1, as a scalar. */
  readonly step: Node
  /** The learning rate, a scalar. */
  readonly rate: Node
}

/** The weights and slots after a step. */
export interface OptimizerStep {
  readonly params: Node
  readonly slots: readonly Node[]
}

/** How gradients are kept small; only one of the three may be given. */
export interface Clipping {
  /** Each weight's gradient is scaled down to this norm. */
  readonly clipnorm?: number
  /** Each element is kept within plus or minus this value. */
  readonly clipvalue?: number
  /** All gradients together are scaled down to this norm. */
  readonly globalClipnorm?: number
}

/** What every optimizer takes. */
export interface OptimizerOptions extends Clipping {
  readonly learningRate?: number
  /** Share of each weight that is taken off at each step, times the learning rate. */
  readonly weightDecay?: number
}

/** An optimizer: inert, it says what a step is. `fit` takes one; alone, it updates a tree of weights. */
export interface Optimizer {
  readonly kind: string
  readonly learningRate: number
  readonly weightDecay: number | undefined
  readonly clipping: Clipping
  /** Names of its vectors, in order; each starts at zero. */
  readonly slots: readonly string[]
  readonly step: (site: OptimizerSite) => OptimizerStep
  /**
   * What it keeps beside a tree of weights, as it is before the first step: tensors for tensors, nodes for nodes. The
   * learning rate is in it, so that a schedule may change it from step to step.
   *
   * @example
   * ```ts
   * import { adam, dense, init, input, sequential, unwrap } from 'densor'
   *
   * const weights = unwrap(init(sequential(input(2), dense(1))))
   * const state = adam({ learningRate: 0.01 }).init(weights)
   * ```
   */
  readonly init: <W>(weights: W) => OptimizerState<W>
  /**
   * The weights and the state after a step, as nodes; inside `jit`. Clipping and decay are done as in `fit`.
   *
   * @example
   * ```ts
   * import { grad, jit, mul, type OptimizerState, run, sgd, square, sum, type Sym, tensor, unwrap } from 'densor'
   *
   * type W = { readonly w: Sym<[2]> }
   * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
   * const slope = grad(({ w }: W) => sum(square(w)))
   * const step = jit((w: W, state: OptimizerState<W>) => optimizer.update(slope(w), state, w))
   *
   * let weights = { w: unwrap(tensor([2], [1, 2])) }
   * let state = optimizer.init(weights)
   * for (let i = 0; i < 10; i++) ({ weights, state } = await run(step(weights, state)))
   * ```
   */
  readonly update: <W>(
    gradients: NoInfer<AlsoFrom<W, unknown>>,
    state: NoInfer<OptimizerState<W>>,
    weights: W,
  ) => Updated<W>
  /** What it was made with, where that and its kind say all: then two with the same are the same optimizer. */
  readonly settings?: OptimizerOptions
}

/** An optimizer without what every optimizer can do. */
export type Rule = Omit<Optimizer, 'init' | 'update'>
