import type { Target } from '../compiler/compile.js'
import { oneOf } from '../dsl/domains.js'

/** The targets that a plan can be compiled for. */
export const TARGETS = oneOf<Target>({ wasm: 1, js: 1, native: 1, auto: 1 })
