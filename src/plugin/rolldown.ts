import type { HookedPlugin, InlineOptions } from './options.js'
import { plugins } from './unplugin.js'

/**
 * A plugin for Rolldown: it replaces each module that exports what `embed` gives (by default, the files
 * `*.model.ts`) by its compiled form, so that densor is not in the bundle. A mistake in a model is an error
 * of the build.
 *
 * @example
 * ```ts
 * import { densor } from 'densor/rolldown'
 * import { defineConfig } from 'rolldown'
 *
 * export default defineConfig({ input: 'main.ts', plugins: [densor()] })
 * ```
 */
export const densor: (options?: InlineOptions) => HookedPlugin = plugins.rolldown

export type { HookedPlugin, InlineOptions as DensorOptions }
