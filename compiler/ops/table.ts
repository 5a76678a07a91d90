import { elementary } from '../families/elementary.js'
import { programs } from '../families/programs.js'
import { windows } from '../families/windows.js'
import type { Prim } from '../ir/program.js'
import { checkpointRows } from './checkpoint.js'
import { contractionRows } from './contraction.js'
import { convolutionRows } from './convolution.js'
import { customRows } from './custom.js'
import { elementaryRows } from './elementary.js'
import { powerRows } from './powers.js'
import type { Table } from './row.js'
import { coreRows } from './rows.js'
import { windowRows } from './windows.js'

/** Every primitive and all that is known about it: total by type. */
export const table: Table = {
  ...coreRows,
  ...elementaryRows,
  ...powerRows,
  ...contractionRows,
  ...convolutionRows,
  ...windowRows,
  ...customRows,
  ...checkpointRows,
}

/** The names of all primitives. */
export const prims: readonly Prim[] = Object.keys(table).filter((name): name is Prim => name in table)

/** Brings every family: for programs that no function of a family has made, such as those read from text. */
export const allFamilies = (): void => {
  elementary()
  windows()
  programs()
}

allFamilies()

export { rowOf } from './rows.js'
