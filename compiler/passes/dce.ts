import { pruned } from '../ir/rebuild.js'
import type { Pass } from './pass.js'

/** Dead code elimination. */
export const dce: Pass = {
  name: 'dce',
  description: 'drops the equations that no output needs',
  run: pruned,
}
