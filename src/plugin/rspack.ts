import type { AppliedPlugin, InlineOptions } from './options.js'
import { plugins } from './unplugin.js'

/**
 * A plugin for Rspack: it replaces each module that exports what `embed` gives (by default, the files
 * `*.model.ts`) by its compiled form, so that densor is not in the bundle. A mistake in a model is an error
 * of the build.
 *
 * @example
 * ```ts
 * import { densor } from 'densor/rspack'
 *
 * export default { entry: './main.js', plugins: [densor()] }
 * ```
 */
export const densor: (options?: InlineOptions) => AppliedPlugin = plugins.rspack

export type { AppliedPlugin, InlineOptions as DensorOptions }
