import type { Builder } from '../ir/build.js'
import type { DotDims, Value } from '../ir/program.js'
import { contractionRows } from '../ops/contraction.js'
import { addRows } from '../ops/rows.js'
import { contractionRules } from '../passes/rules/contraction.js'
import { addRules } from '../passes/simplify.js'
import { productLoops } from '../schedule/lower-product.js'
import { setProductLowering } from '../schedule/product-seam.js'
import { family } from './family.js'

/** Products: how they are simplified, and their loops. */
export const products = family(() => {
  addRows(contractionRows)
  addRules(contractionRules)
  setProductLowering(productLoops)
})

/** The sum of products over the contracting dimensions. */
export const dotGeneral = (b: Builder, lhs: Value, rhs: Value, dims: DotDims): Value => {
  products()
  return b.dot_general(lhs, rhs, dims)
}
