import type { Builder } from '../ir/build.js'
import { elementaryRows } from '../ops/elementary.js'
import { powerRows } from '../ops/powers.js'
import { addRows } from '../ops/rows.js'
import { family } from './family.js'

/** Exponentials, logarithms, powers, angles: what processors have no instruction for. */
export const elementary = family(() => {
  addRows(elementaryRows)
  addRows(powerRows)
})

/** A builder that is about to write an elementary function. */
export const withElementary = (b: Builder): Builder => {
  elementary()
  return b
}
