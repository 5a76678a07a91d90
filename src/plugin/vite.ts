import type { HookedPlugin, InlineOptions } from './options.js'
import { plugins } from './unplugin.js'

/**
 * A plugin for Vite: it replaces each module that exports what `embed` gives (by default, the files
 * `*.model.ts`) by its compiled form, so that densor is not in the bundle. A mistake in a model is an error
 * of the build.
 *
 * @example
 * ```ts
 * import { densor } from 'densor/vite'
 * import { defineConfig } from 'vite'
 *
 * export default defineConfig({ plugins: [densor()] })
 * ```
 */
export const densor: (options?: InlineOptions) => HookedPlugin = plugins.vite

export type { HookedPlugin, InlineOptions as DensorOptions }
