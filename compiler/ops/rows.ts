import { bug } from '../../runtime/fault.js'
import type { Prim } from '../ir/program.js'
import { binaryRows } from './binary.js'
import { choiceRows } from './choice.js'
import { leafRows } from './leaves.js'
import { movementRows } from './movement.js'
import { randomRows } from './random.js'
import { reductionRows } from './reductions.js'
import type { Row, Table } from './row.js'
import { unaryRows } from './unary.js'
import { viewRows } from './views.js'

/*
 * The rows that a program can meet: those that every program may need, and those that `families/` brings with what
 * makes such primitives. All rows together, total by type, are in `table.ts`.
 */

/** The rows that are always here. */
export const coreRows = {
  ...leafRows,
  ...randomRows,
  ...unaryRows,
  ...binaryRows,
  ...choiceRows,
  ...viewRows,
  ...movementRows,
  ...reductionRows,
} satisfies Partial<Table>

const here: { -readonly [P in Prim]?: Row<P> } = { ...coreRows }

/** From now on these rows are here too. */
export const addRows = (rows: Partial<Table>): void => {
  Object.assign(here, rows)
}

/** The row of a primitive. */
export const rowOf = <P extends Prim>(prim: P): Row<P> => {
  const row: Row<P> | undefined = here[prim]
  if (row === undefined) throw bug(`${prim}: its family is not here`)
  return row
}
