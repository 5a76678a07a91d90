/** The native target in pages and workers, where there is none. */
import { limitation } from '../../runtime/fault.js'
import type { Native } from './native-seam.js'

const unavailable = async (): Promise<never> => {
  throw limitation('no-native', 'The native target needs Node; this program runs in a page or a worker.', {
    suggestion: "Compile for the wasm target, which is the default, or with target: 'auto'.",
  })
}

export const checkNative: Native['checkNative'] = unavailable

export const openNative: Native['openNative'] = unavailable

export const loadNative: Native['loadNative'] = unavailable
