/** Domains that the options of fit and of the functions beside it share. */
import {
  checkOptions,
  count,
  type Domain,
  listOf,
  nameOr,
  notNegative,
  objectWith,
  recordOf,
  text,
} from '../../dsl/domains.js'
import { isList, kindOf } from '../../dsl/shown.js'
import { userFault } from '../../runtime/fault.js'
import { isTensor } from '../data/elements.js'

/** More than any machine has to give one training. */
const MOST_THREADS = 64

/** Threads that share the work. */
export const threads: Domain = x =>
  typeof x === 'number' && Number.isInteger(x) && x >= 1 && x <= MOST_THREADS
    ? undefined
    : `a whole number from 1 to ${MOST_THREADS}`

/** An optimizer by name or as a value. */
export const optimizer: Domain = nameOr(
  'the name of an optimizer, or one that adam(…) and the like make',
  x => typeof x.step === 'function' && notNegative(x.learningRate) === undefined,
)

/** Sizes of symbols. */
export const sizes = recordOf('positive whole numbers by the names of symbols', count, '{ W: 28 }')

const metric: Domain = nameOr(
  'the name of a metric, or one that customMetric(…) makes',
  x => typeof x.values === 'function',
)
const metricList = listOf('metrics', metric)
/** A list of metrics, or such lists by the names of outputs. */
export const metrics: Domain = x => {
  const isRecord = typeof x === 'object' && x !== null && !Array.isArray(x)
  return isRecord ? Object.values(x).map(metricList).find(Boolean) : metricList(x)
}

/** Weights of a model; whether they fit is checked with the model. */
export const weights = objectWith('weights, as init, fit or loadWeights gives them', x => !isTensor(x))

/** Data, as fit takes it; whether it has all parts is checked with the model. */
export const data: Domain = x => {
  if (typeof x !== 'object' || x === null || isList(x) || isTensor(x))
    return ['{ x, y }', 'write { x, y } for x, y']
  return kindOf(x) === undefined
    ? undefined
    : ['{ x, y }', 'data that comes in pieces: compile(…), then trainStep(trainer, { x, y }) for each piece']
}

/** Samples, as fit takes them. */
export const samples = objectWith('{ x, y }', x => x.x !== undefined && x.y !== undefined)

const callback = objectWith('a callback', x =>
  ['onTrainBegin', 'onEpochBegin', 'onEpochEnd', 'onTrainEnd'].every(
    name => x[name] === undefined || typeof x[name] === 'function',
  ),
)

/** Callbacks, all of them called. */
export const callbacks = listOf('callbacks', callback)

/** Names of outputs, or all or none of them. */
export const someOutputs: Domain = x => (typeof x === 'boolean' ? undefined : outputNames(x))

const outputNames = listOf('names of outputs, or true or false', text)

/** Weights by class. */
export const classWeights = recordOf('numbers by class', notNegative, '{ 0: 1, 1: 10 }')

/** What ends a training. */
export const stopSignal = objectWith(
  'an AbortSignal, or another object with aborted',
  x => typeof x.aborted === 'boolean',
)

/** Where progress goes. */
export const progressOutput = objectWith('an object with write', x => typeof x.write === 'function')

/** Refuses options that are left out where a loss is needed, and then what `checkOptions` refuses. */
export const checkRequired = (
  op: string,
  table: Readonly<Record<string, Domain>>,
  options: unknown,
): void => {
  if (options === undefined)
    throw userFault('missing-argument', `${op}: there are no options`, {
      suggestion: 'pass { loss: … } at least',
    })
  checkOptions(op, table, options)
}
