import { foldIn, type Key } from '../../runtime/random.js'

/** A key of its own for one purpose and one number, e.g. the order of epoch 3. */
export const derive = (key: Key, purpose: number, index = 0): Key => foldIn(foldIn(key, purpose), index)
