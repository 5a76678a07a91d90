import { tfjsRunners } from './tfjs.js'

export const runners = await tfjsRunners('wasm')
