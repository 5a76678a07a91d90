import type { Prim } from '../ir/program.js'
import * as binary from './binary.js'
import * as choice from './choice.js'
import { dot_general } from './contraction.js'
import { custom_vjp_call } from './custom.js'
import * as leaves from './leaves.js'
import * as movement from './movement.js'
import * as random from './random.js'
import * as reductions from './reductions.js'
import type { Row, Table } from './row.js'
import * as unary from './unary.js'
import * as views from './views.js'

/** Every primitive and all that is known about it. */
export const table: Table = {
  abs: unary.abs,
  add: binary.add,
  and: binary.and,
  argmax: reductions.argmax,
  atan2: binary.atan2,
  broadcast_in_dim: views.broadcast_in_dim,
  cbrt: unary.cbrt,
  ceil: unary.ceil,
  clamp: choice.clamp,
  compare: choice.compare,
  concatenate: movement.concatenate,
  constant: leaves.constant,
  convert: unary.convert,
  cosine: unary.cosine,
  custom_vjp_call,
  divide: binary.divide,
  dot_general,
  erf: unary.erfRow,
  exponential: unary.exponential,
  exponential_minus_one: unary.exponential_minus_one,
  floor: unary.floor,
  iota: leaves.iota,
  is_finite: unary.is_finite,
  log: unary.log,
  log_plus_one: unary.log_plus_one,
  logistic: unary.logisticRow,
  maximum: binary.maximum,
  minimum: binary.minimum,
  multiply: binary.multiply,
  negate: unary.negate,
  not: unary.not,
  or: binary.or,
  pad: movement.pad,
  power: binary.power,
  random_bits: random.random_bits,
  random_fold_in: random.random_fold_in,
  reduce: reductions.reduce,
  remainder: binary.remainder,
  reshape: views.reshape,
  reverse: views.reverse,
  round_nearest_even: unary.round_nearest_even,
  rsqrt: unary.rsqrt,
  select: choice.select,
  shift_left: binary.shift_left,
  shift_right_logical: binary.shift_right_logical,
  sign: unary.sign,
  sine: unary.sine,
  slice: views.slice,
  sqrt: unary.sqrt,
  stop_gradient: unary.stop_gradient,
  subtract: binary.subtract,
  tan: unary.tan,
  tanh: unary.tanh,
  transpose: views.transpose,
  xor: binary.xor,
}

/** The names of all primitives, in alphabetical order. */
export const prims: readonly Prim[] = Object.keys(table).filter((name): name is Prim => name in table)

/** The row of a primitive. */
export const rowOf = <P extends Prim>(prim: P): Row<P> => table[prim]
