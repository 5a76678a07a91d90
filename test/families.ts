import { allFamilies } from '../compiler/ops/table.js'

allFamilies()
