/**
 * The graph operations as users call them: a shape that does not fit is refused by its type. Bundlers drop those that a
 * program does not use, as their making is marked as pure.
 */
export * from './ops/arithmetic.js'
export * from './ops/arrange.js'
export * from './ops/compare.js'
export * from './ops/elementary.js'
export * from './ops/nonlinear.js'
export * from './ops/products.js'
export * from './ops/reduce.js'
