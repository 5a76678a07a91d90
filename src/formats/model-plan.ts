/** Models as plain JSON and back: their input, and each layer by its kind, its name and what it was given. */
import { checkpoint } from '../../dsl/checkpoint.js'
import { typed } from '../../dsl/graph/node.js'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { conv2d, depthwiseConv2d } from '../../dsl/layers/convolution.js'
import { dense } from '../../dsl/layers/dense.js'
import { isLayer, type LayerValue } from '../../dsl/layers/layer.js'
import type { BlockKind, Given } from '../../dsl/layers/made.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { averagePool2d, globalAveragePool2d, maxPool2d } from '../../dsl/layers/pooling.js'
import { residual } from '../../dsl/layers/residual.js'
import { seq } from '../../dsl/layers/seq.js'
import { flatten } from '../../dsl/layers/shape.js'
import { bodyOf, input, isModel, sequential } from '../../dsl/model.js'
import { reshape } from '../../dsl/ops.js'
import type { AnyModel } from '../../dsl/types/model.js'
import { type Fault, limitation, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import {
  DEPTH_LIMIT,
  fromPlain,
  isJsonRecord,
  type Json,
  type JsonRecord,
  NotData,
  plainOf,
} from './plain.js'
import { brief, shown } from './shown.js'

/** The constructors of layers, with the names of what they take, in order. */
const MAKERS: { readonly [K in keyof Given]: readonly [make: unknown, ...fields: (keyof Given[K])[]] } = {
  activation: [activation, 'activation'],
  averagePool2d: [averagePool2d, 'poolSize', 'options'],
  batchNorm: [batchNorm, 'options'],
  conv2d: [conv2d, 'filters', 'kernelSize', 'options'],
  dense: [dense, 'units', 'options'],
  depthwiseConv2d: [depthwiseConv2d, 'kernelSize', 'options'],
  dropout: [dropout, 'rate', 'options'],
  flatten: [flatten],
  globalAveragePool2d: [globalAveragePool2d, 'options'],
  layerNorm: [layerNorm, 'options'],
  maxPool2d: [maxPool2d, 'poolSize', 'options'],
  reshape: [reshape, 'to'],
}

/** The constructors of layers that hold others. */
const BLOCKS: { readonly [K in BlockKind]: unknown } = { seq, residual, checkpoint }

/** A constructor as a function of what a file holds; what it does not take, it refuses when it runs. */
const call = <T>(make: unknown, args: readonly unknown[]): T =>
  typed<(...args: readonly unknown[]) => T>(make)(...args)

const KEEP_CODE = 'save the weights with saveWeights or encodeWeights, and keep the model in code'
const LAYER_LIMIT = 10_000

// ---- from a model

/** A model as JSON. Throws `cannot-store` where it is not made of densor's own layers one after the other. */
export const planOf = (op: string, model: unknown): JsonRecord => {
  bodyOf(model) // refuses what is not a model, or has no input
  return layerPlan({ op, left: LAYER_LIMIT }, model, 'the model', 0)
}

interface Counter {
  readonly op: string
  left: number
}

const cannot = (op: string, what: string): Fault =>
  limitation('cannot-store', `${op}: ${what}`, { suggestion: KEEP_CODE })

const layerPlan = (counter: Counter, layer: unknown, place: string, depth: number): JsonRecord => {
  const { op } = counter
  if (depth > DEPTH_LIMIT || counter.left-- === 0)
    throw cannot(op, `the model has more than ${LAYER_LIMIT} layers, or blocks nested ${DEPTH_LIMIT} deep`)
  const inner = (layers: readonly unknown[]): JsonRecord => ({
    layers: layers.map((one, i) => layerPlan(counter, one, placeIn(place, depth, one, i), depth + 1)),
  })
  if (isModel(layer)) {
    const { inputs, layers } = bodyOf(layer)
    if (layers === undefined)
      throw cannot(op, `${place} is a graph: the function that builds it is code, which a file cannot hold`)
    const named = isLayer(layer) ? nameOf(layer) : {}
    return { kind: 'model', ...named, input: (inputs.x ?? []).slice(1), ...inner(layers) }
  }
  if (!isLayer(layer)) throw userFault('not-a-layer', `${op}: ${place} is not a layer`)
  const { made, kind } = layer.definition
  switch (made.by) {
    case 'layer':
      throw cannot(op, `${place} (${kind}) is a layer of your own: its code cannot be held by a file`)
    case 'seq':
    case 'residual':
    case 'checkpoint':
      return { kind: made.by, ...nameOf(layer), ...inner(made.layers) }
    case 'model':
      throw cannot(op, `${place} is a model whose layers are not known`)
    default:
      return { kind: made.by, ...nameOf(layer), ...givenPlan(op, `${place} (${kind})`, made.given) }
  }
}

const placeIn = (place: string, depth: number, layer: unknown, i: number): string => {
  const key = isLayer(layer) && layer['~name'] !== '' ? layer['~name'] : `layer${i}`
  return `${depth === 0 ? 'layer ' : `${place}/`}${brief(key)}`
}

const nameOf = (layer: LayerValue): JsonRecord => (layer['~name'] === '' ? {} : { name: layer['~name'] })

const givenPlan = (op: string, place: string, given: object): JsonRecord => {
  const plain = plainOf(given)
  if (plain instanceof NotData) {
    const path = plain.path.map(part => brief(part)).join('.')
    throw cannot(op, `${place}: ${path} is ${plain.what}, which a file cannot hold`)
  }
  return isJsonRecord(plain) ? plain : {}
}

// ---- to a model

/** The model that JSON of `planOf` describes. Throws `malformed-file`, naming the layer. */
export const modelFrom = (plan: unknown, file: string): AnyModel => {
  const made = layerFrom({ file, left: LAYER_LIMIT }, plan, 'the model', 0)
  if (isModel(made)) return typed(made)
  throw malformed(file, 'the model is not a model')
}

interface Reader {
  readonly file: string
  left: number
}

const malformed = (file: string, what: string): Fault =>
  userFault('malformed-file', `${file}: ${what}`, {
    suggestion: 'read it with the version of densor that wrote it, or write it again',
  })

const layerFrom = (reader: Reader, plan: unknown, place: string, depth: number): unknown => {
  const { file } = reader
  if (depth > DEPTH_LIMIT || reader.left-- === 0)
    throw malformed(file, `${place}: there are more than ${LAYER_LIMIT} layers, or they are nested too deep`)
  if (!isJsonRecord(plan)) throw malformed(file, `${place}: expected a layer, received ${shown(plan)}`)
  const { kind, name, ...given } = plan
  const layer =
    kind === 'model' ? sequentialFrom(reader, given, place, depth) : made(reader, kind, given, place, depth)
  if (name === undefined) return layer
  if (typeof name !== 'string') throw malformed(file, `${place}: its name is ${shown(name)}, expected text`)
  return isLayer(layer) ? layer.as(name) : layer
}

const sequentialFrom = (reader: Reader, given: JsonRecord, place: string, depth: number): unknown => {
  const { file } = reader
  onlyTakes(file, place, given, ['input', 'layers'])
  const shape = ownOf(given, 'input')
  if (!Array.isArray(shape) || !shape.every(isDim))
    throw malformed(file, `${place}: its input is ${shown(shape)}, expected a shape`)
  return call(sequential, [call(input, [shape]), ...innerFrom(reader, given, place, depth)])
}

const isDim = (dim: Json): boolean =>
  typeof dim === 'string' || (typeof dim === 'number' && Number.isSafeInteger(dim) && dim > 0)

const innerFrom = (reader: Reader, given: JsonRecord, place: string, depth: number): readonly unknown[] => {
  const layers: Json | undefined = ownOf(given, 'layers')
  if (!Array.isArray(layers))
    throw malformed(reader.file, `${place}: its layers are ${shown(layers)}, expected a list`)
  return layers.map((one, i) => layerFrom(reader, one, `${place}/${i}`, depth + 1))
}

const made = (reader: Reader, kind: unknown, given: JsonRecord, place: string, depth: number): unknown => {
  const { file } = reader
  const block = typeof kind === 'string' ? ownOf(BLOCKS, kind) : undefined
  if (block !== undefined) {
    onlyTakes(file, place, given, ['layers'])
    const layers = innerFrom(reader, given, place, depth)
    if (kind !== 'seq' && layers.length !== 1)
      throw malformed(file, `${place} (${kind}): it has ${layers.length} layers, expected one`)
    return call(block, layers)
  }
  const maker = typeof kind === 'string' ? ownOf<readonly [unknown, ...string[]]>(MAKERS, kind) : undefined
  if (maker === undefined) throw malformed(file, `${place}: ${shown(kind)} is not a kind of layer`)
  const [make, ...fields] = maker
  onlyTakes(file, `${place} (${kind})`, given, fields)
  return call(
    make,
    fields.map(field => {
      const json = ownOf(given, field)
      return json === undefined ? undefined : fromPlain(json, `${file}: ${place} (${kind})`)
    }),
  )
}

const onlyTakes = (file: string, place: string, given: JsonRecord, fields: readonly string[]): void => {
  const stranger = Object.keys(given).find(key => !fields.includes(key))
  if (stranger !== undefined) throw malformed(file, `${place}: it does not take '${brief(stranger)}'`)
}
