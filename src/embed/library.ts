import { type Task, taskOf } from '../task.js'
import { Builder, TIME_LIMIT } from './build.js'
import type { BuildRequest, BuildResult } from './request.js'
import { writeAll } from './write.js'

export type { BuildRequest, BuildResult, BuiltFile, BuiltModel, TrainRequest } from './request.js'
export type { StorageOptions } from './storage.js'

/** Options of `buildModules` and `buildInto`: how each model is compiled and stored. */
export interface BuildOptions extends Partial<Omit<BuildRequest, 'file'>> {
  /** Milliseconds for loading the module and building its models. Default: 30,000. */
  readonly limit?: number
}

/**
 * Compiles the models that a module exports to modules of their own, and gives these as files in memory. The
 * module is loaded in another process. Fails with a user fault if the module cannot be loaded or takes too
 * long, or if a model or its weights are wrong.
 *
 * @example
 * ```ts
 * import { buildModules } from 'densor/build'
 *
 * const { files, models } = await buildModules('policy.model.ts', { storage: { format: 'f16' } })
 * for (const { name, signature } of models) console.log(name, signature)
 * console.log(files.map(({ name }) => name))
 * ```
 */
export const buildModules = (file: string, options: BuildOptions = {}): Task<BuildResult> =>
  taskOf('buildModules', async () => {
    const { limit = TIME_LIMIT, form = 'modules', plan = {}, storage = {}, ...rest } = options
    const outcome = await new Builder({ limit }).build({ ...rest, file, form, plan, storage })
    if ('failure' in outcome) throw outcome.failure.fault
    return outcome.result
  })

/**
 * Like `buildModules`, and writes the files into a folder: all of them or none. Fails as `buildModules` does,
 * and with a user fault `unwritable-file` if the folder cannot be written to.
 *
 * @example
 * ```ts
 * import { buildInto } from 'densor/build'
 *
 * const { files } = await buildInto('policy.model.ts', 'generated', { language: 'c' })
 * console.log(files.map(({ name }) => name))
 * ```
 */
export const buildInto = (file: string, folder: string, options: BuildOptions = {}): Task<BuildResult> =>
  taskOf('?', async () => {
    const built = await buildModules(file, options)()
    if (built._tag === 'Left') throw built.left
    await writeAll(folder, built.right.files)
    return built.right
  })
