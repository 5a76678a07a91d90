/**
 * The graph operations on nodes of any shape, checked when they run. Layers, losses and optimizers are
 * written in
 * them; the same operations with shapes in their types are in dsl/ops/.
 */
export * from './arrange.js'
export * from './as-node.js'
export * from './contract.js'
export * from './elementwise.js'
export * from './random.js'
export * from './reduce.js'
