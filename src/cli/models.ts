import { isModel } from '../../dsl/model.js'
import { userFault } from '../../runtime/fault.js'
import type { Exports } from './load-module.js'

/** A model under the name it was exported with. */
export interface NamedModel {
  readonly name: string
  readonly model: object
}

/** The models that a module exports; with `only`, the one of that name. */
export const modelsOf = (file: string, exports: Exports, only: string | undefined): readonly NamedModel[] => {
  const models = Object.entries(exports).flatMap(([name, model]) => (isModel(model) ? [{ name, model }] : []))
  const names = models.map(m => m.name).join(', ')
  if (models.length === 0) {
    throw userFault('no-model', `${file} exports no model`, {
      suggestion:
        'Export what sequential, graph or graphs returned, e.g. export const model = sequential(…).',
    })
  }
  if (only === undefined) return models
  const chosen = models.filter(m => m.name === only)
  if (chosen.length === 0) {
    throw userFault('unknown-model', `${file} exports no model named ${only}`, {
      suggestion: `Choose one of ${names}.`,
    })
  }
  return chosen
}
