/** Dimensions and shapes as sentences have them at run time; the types' own are in dims.ts. */
import type { Dim, Shape } from './dims.js'

/** A dimension in a sentence; the run time knows every number, so nothing here reads `?`. */
export const showDim = (dim: Dim): string => `${dim}`

/** A shape in a sentence: `[N, 28, 28]`. */
export const show = (shape: Shape): string => `[${shape.map(showDim).join(', ')}]`
