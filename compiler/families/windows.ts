import type { Builder } from '../ir/build.js'
import type { ConvolutionDims, Value, WindowDims, WindowReducer } from '../ir/program.js'
import { convolutionRows } from '../ops/convolution.js'
import { addRows } from '../ops/rows.js'
import { windowRows } from '../ops/windows.js'
import { addRewriting } from '../schedule/layout.js'
import { lowerWindows } from '../schedule/windows.js'
import { family } from './family.js'
import { products } from './products.js'

/** What looks through windows: pooling, and convolution, which is a product over a view of all windows. */
export const windows = family(() => {
  products()
  addRows(windowRows)
  addRows(convolutionRows)
  addRewriting(lowerWindows)
})

/** A kernel moved over images. */
export const convolution = (b: Builder, x: Value, kernel: Value, dims: ConvolutionDims): Value => {
  windows()
  return b.convolution(x, kernel, dims)
}

/** Each window folded into one element. */
export const reduceWindow = (b: Builder, reducer: WindowReducer, x: Value, dims: WindowDims): Value => {
  windows()
  return b.reduce_window(reducer, x, dims)
}
