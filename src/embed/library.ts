import { type Task, taskOf } from '../task.js'
import { Builder, TIME_LIMIT } from './build.js'
import type { BuildRequest, BuildResult } from './request.js'
import { writeAll } from './write.js'

export type { BuildRequest, BuildResult, BuiltFile, BuiltModel, TrainRequest } from './request.js'
export type { StorageOptions } from './storage.js'

/** What buildModules takes: the module, and how each model is compiled and stored. */
export interface BuildOptions extends Partial<Omit<BuildRequest, 'file'>> {
  /** Milliseconds for the user's module to be loaded and built; 30,000 unless given. */
  readonly limit?: number
}

/**
 * Builds the models that a module exports, in a process of its own. Left: what is wrong with the module, the models or
 * the weights.
 */
export const buildModules = (file: string, options: BuildOptions = {}): Task<BuildResult> =>
  taskOf('buildModules', async () => {
    const { limit = TIME_LIMIT, form = 'modules', plan = {}, storage = {}, ...rest } = options
    const outcome = await new Builder({ limit }).build({ ...rest, file, form, plan, storage })
    if ('failure' in outcome) throw outcome.failure.fault
    return outcome.result
  })

/** Builds, then writes all files into a folder, or none. Left: as `buildModules`, and `unwritable-file`. */
export const buildInto = (file: string, folder: string, options: BuildOptions = {}): Task<BuildResult> =>
  taskOf('?', async () => {
    const built = await buildModules(file, options)()
    if (built._tag === 'Left') throw built.left
    await writeAll(folder, built.right.files)
    return built.right
  })
