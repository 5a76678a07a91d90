/** densor/testing and densor/runtime load and are typed, beside the user's own fast-check. */
import * as runtime from 'densor/runtime'
import * as testing from 'densor/testing'
import fc from 'fast-check'

const names = [...Object.keys(testing), ...Object.keys(runtime)]
fc.assert(fc.property(fc.constantFrom(...names), name => name.length > 0))
console.log(
  `densor/testing: ${Object.keys(testing).length} exports, densor/runtime: ${Object.keys(runtime).length}`,
)
