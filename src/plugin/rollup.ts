import type { HookedPlugin, InlineOptions } from './options.js'
import { plugins } from './unplugin.js'

/**
 * A plugin for Rollup: it replaces each module that exports what `embed` gives (by default, the files
 * `*.model.ts`) by its compiled form, so that densor is not in the bundle. A mistake in a model is an error
 * of the build.
 *
 * @example
 * ```ts
 * import { densor } from 'densor/rollup'
 *
 * export default { input: 'main.js', output: { dir: 'out' }, plugins: [densor()] }
 * ```
 */
export const densor: (options?: InlineOptions) => HookedPlugin = plugins.rollup

export type { HookedPlugin, InlineOptions as DensorOptions }
