import { createUnplugin, type UnpluginInstance } from 'unplugin'
import { describeFault } from '../../runtime/fault.js'
import { Builder } from '../embed/build.js'
import { type InlineOptions, locationOf, MODEL_FILES, requestOf } from './options.js'

/** The file of a module, without what a bundler puts behind its name. */
const fileOf = (id: string): string => id.replace(/[?#].*$/, '')

/** The plugin, for every bundler that unplugin knows. */
export const plugins: UnpluginInstance<InlineOptions | undefined, false> = createUnplugin(
  (options: InlineOptions | undefined = {}) => {
    const builder = new Builder({
      warm: true,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    })
    return {
      name: 'densor',
      // the modules that import densor are replaced: nothing of it is to be bundled beforehand for the page
      vite: { config: () => ({ optimizeDeps: { exclude: ['densor', 'densor/embed'] } }) },
      // before what turns TypeScript into JavaScript
      enforce: 'pre',
      loadInclude: id => (options.include ?? MODEL_FILES).test(fileOf(id)),
      async load(id) {
        const file = fileOf(id)
        const outcome = await builder.build(requestOf(file, options))
        const { inputs } = 'result' in outcome ? outcome.result : outcome.failure
        for (const input of inputs) this.addWatchFile(input)
        if ('result' in outcome) return { code: String(outcome.result.files[0]?.content ?? ''), map: null }
        const { fault, place } = outcome.failure
        const at = locationOf(place)
        const message = `${at === undefined ? '' : `${at.file}:${at.line}: `}${describeFault(fault)}`
        this.error({
          message,
          id: file,
          ...(at === undefined ? {} : { loc: { file: at.file, line: at.line, column: at.column } }),
        })
        // webpack and Rspack go on, and would complain of the TypeScript in the module as well
        return { code: `throw new Error(${JSON.stringify(message)})`, map: null }
      },
    }
  },
)
