import type { Prim } from '../ir/program.js'
import { binaryRows } from './binary.js'
import { checkpointRows } from './checkpoint.js'
import { choiceRows } from './choice.js'
import { contractionRows } from './contraction.js'
import { convolutionRows } from './convolution.js'
import { customRows } from './custom.js'
import { elementaryRows } from './elementary.js'
import { leafRows } from './leaves.js'
import { movementRows } from './movement.js'
import { randomRows } from './random.js'
import { reductionRows } from './reductions.js'
import type { Row, Table } from './row.js'
import { unaryRows } from './unary.js'
import { viewRows } from './views.js'
import { windowRows } from './windows.js'

/** Every primitive and all that is known about it. */
export const table: Table = {
  ...leafRows,
  ...randomRows,
  ...unaryRows,
  ...elementaryRows,
  ...binaryRows,
  ...choiceRows,
  ...viewRows,
  ...movementRows,
  ...reductionRows,
  ...contractionRows,
  ...convolutionRows,
  ...windowRows,
  ...customRows,
  ...checkpointRows,
}

/** The names of all primitives. */
export const prims: readonly Prim[] = Object.keys(table).filter((name): name is Prim => name in table)

/** The row of a primitive. */
export const rowOf = <P extends Prim>(prim: P): Row<P> => table[prim]
