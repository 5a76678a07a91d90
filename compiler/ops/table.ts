import type { Prim } from '../ir/program.js'
import type { Row, Table } from './row.js'

declare const table: Table

/** The row of a primitive. */
export const rowOf = <P extends Prim>(prim: P): Row<P> => table[prim]
