import { type InlineOptions, plugins } from './unplugin.js'

/**
 * A plugin for Rspack: a module that exports what `embed` gives (`*.model.ts` unless told) becomes its compiled form,
 * and densor is not in the bundle. A mistake in a model is an error of the build.
 */
export const densor: typeof plugins.rspack = plugins.rspack

export type { InlineOptions as DensorOptions }
