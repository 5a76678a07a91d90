import type { Builder } from '../ir/build.js'
import type { PrimParams, Value } from '../ir/program.js'
import { checkpointRows } from '../ops/checkpoint.js'
import { customRows } from '../ops/custom.js'
import { addRows } from '../ops/rows.js'
import { family } from './family.js'

/** Primitives that hold programs: derivatives of the user's own, and what is computed again. */
export const programs = family(() => {
  addRows(customRows)
  addRows(checkpointRows)
})

/** A program with a derivative of its own. */
export const customVjpCall = (
  b: Builder,
  inputs: readonly Value[],
  params: PrimParams['custom_vjp_call'],
): Value => {
  programs()
  return b.emit('custom_vjp_call', inputs, params)
}

/** A program that is computed again where its gradient needs it. */
export const checkpointCall = (
  b: Builder,
  inputs: readonly Value[],
  params: PrimParams['checkpoint'],
): Value => {
  programs()
  return b.emit('checkpoint', inputs, params)
}
