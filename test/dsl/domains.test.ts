/** Promises that every option is held to its domain, in one sentence that says what to write; misspelt names are told. */
import { describe, expect, test } from 'vitest'
import { activationOf } from '../../dsl/activations.js'
import { maxNorm, minMaxNorm, unitNorm } from '../../dsl/constraints.js'
import {
  checkValue,
  type Domain,
  finite,
  listOf,
  notNegative,
  objectWith,
  recordOf,
} from '../../dsl/domains.js'
import {
  constant,
  identity,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
} from '../../dsl/initializers.js'
import { activation, dropout } from '../../dsl/layers/activation.js'
import { conv2d, depthwiseConv2d } from '../../dsl/layers/convolution.js'
import { dense } from '../../dsl/layers/dense.js'
import { batchNorm, layerNorm } from '../../dsl/layers/normalization.js'
import { averagePool2d, globalAveragePool2d, maxPool2d } from '../../dsl/layers/pooling.js'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from '../../dsl/losses.js'
import { binaryAccuracy } from '../../dsl/metrics.js'
import { input, sequential } from '../../dsl/model.js'
import { nearest } from '../../dsl/names.js'
import { reshape } from '../../dsl/ops.js'
import { adam, adamW, rmsprop, sgd } from '../../dsl/optimizers.js'
import { l1l2, l2, orthogonalRegularizer } from '../../dsl/regularizers.js'
import { describeFault, FaultError } from '../../runtime/fault.js'
import { split } from '../../src/data/rows.js'
import { run, unwrap } from '../../src/errors.js'
import { jit } from '../../src/functions.js'
import { profile } from '../../src/profile/profile.js'
import { earlyStopping, learningRateSchedule, reduceOnPlateau } from '../../src/train/callbacks.js'
import { evaluate, predict } from '../../src/train/evaluate.js'
import { fit } from '../../src/train/fit.js'
import { init } from '../../src/train/init.js'
import { predictor } from '../../src/train/predictor.js'
import { summary } from '../../src/train/summary.js'
import { compile } from '../../src/train/trainer.js'

/** What a constructor refuses, as it is read; its stack has no frames. */
const refusal = (make: () => unknown): string => {
  try {
    make()
  } catch (thrown) {
    if (!(thrown instanceof FaultError)) throw thrown
    expect(thrown.stack).toBe(thrown.message)
    expect(thrown.fault.kind).toBe('user')
    return describeFault(thrown.fault)
  }
  return 'accepted'
}

/** Values that types refuse, and those that they cannot. */
const any = (x: unknown) => x as never

describe('constructors', () => {
  test.each([
    [
      () => adam({ learningRate: -1 }),
      'adam: learningRate is -1, expected a number of at least 0 [bad-option]',
    ],
    [() => adam({ beta1: 2 }), 'adam: beta1 is 2, expected a number from 0 to below 1 [bad-option]'],
    [() => sgd({ momentum: -3 }), 'sgd: momentum is -3, expected a number from 0 to 1 [bad-option]'],
    [
      () => rmsprop({ epsilon: Number.NaN }),
      'rmsprop: epsilon is NaN, expected a number of at least 0 [bad-option]',
    ],
    [
      () => adam(any({ lr: 0.1 })),
      "adam: there is no option 'lr' [unknown-option]\n  try: did you mean 'learningRate'?",
    ],
    [
      () => adam(any({ beta_1: 0.1 })),
      "adam: there is no option 'beta_1' [unknown-option]\n  try: did you mean 'beta1'?",
    ],
    [
      () => adam(any(0.5)),
      'adam: the argument for options is 0.5, expected an object [bad-option]\n  try: write { learningRate: … }',
    ],
    [
      () => adam(any(null)),
      'adam: the argument for options is null, expected an object [bad-option]\n  try: write { learningRate: … }',
    ],
    [
      () => input(any(null)),
      'input: the shape is null, expected a positive whole number, a symbol, or a list of those [bad-size]',
    ],
    [
      () => reshape(any([2, null])),
      'reshape: the shape is an array, expected a list of positive whole numbers and symbols [bad-size]',
    ],
    [
      () => adam({ clipnorm: 1, clipvalue: 1 }),
      'adam: only one of clipnorm, clipvalue and globalClipnorm may be given [two-clippings]\n  try: leave out all but one',
    ],
    [
      () => categoricalCrossentropy({ labelSmoothing: 1.5 }),
      'categoricalCrossentropy: labelSmoothing is 1.5, expected a number from 0 to 1 [bad-option]',
    ],
    [
      () => binaryAccuracy(any({ treshold: 1 })),
      "binaryAccuracy: there is no option 'treshold' [unknown-option]\n  try: did you mean 'threshold'?",
    ],
    [
      () => earlyStopping({ patience: -1 }),
      'earlyStopping: patience is -1, expected a whole number, 0 or more [bad-option]',
    ],
    [
      () => reduceOnPlateau({ factor: 1 }),
      'reduceOnPlateau: factor is 1, expected a share between 0 and 1 [bad-option]',
    ],
    [
      () => learningRateSchedule(any(0.1)),
      'learningRateSchedule: the schedule is 0.1, expected a function of the epoch and the rate [bad-option]',
    ],
    [
      () => dense(any({ units: 8 })),
      'dense: units is an object, expected a positive whole number [bad-size]\n  try: write dense(8, { … })',
    ],
    [
      () => dense(8, any({ activaton: 'relu' })),
      "dense: there is no option 'activaton' [unknown-option]\n  try: did you mean 'activation'?",
    ],
    [
      () => dense(8, any({ trainable: false })),
      "dense: there is no option 'trainable' [unknown-option]\n  try: layers cannot be frozen yet; in a graph, stopGradient(…) keeps what is before it as it is",
    ],
    [
      () => dense(8, any('ReLU')),
      "activation: 'ReLU' is not an activation [unknown-activation]\n  try: did you mean 'relu'?",
    ],
    [
      () => dense(8, any({ kernelInitializer: 'glorot' })),
      "initializer: 'glorot' is not an initializer [unknown-initializer]\n  try: did you mean 'glorotUniform'?",
    ],
    [
      () => dense(8, any({ kernelRegularizer: l2 })),
      'dense: kernelRegularizer is a function, expected the name of a regularizer, or one that l2(…) and the like make [bad-option]\n  try: call it: l2()',
    ],
    [
      () => dropout(30),
      'dropout: the rate is 30, expected a number from 0 to 1 [bad-option]\n  try: write 0.3 for 30 %',
    ],
    [
      () => activation(any('rlu')),
      "activation: 'rlu' is not an activation [unknown-activation]\n  try: did you mean 'relu'?",
    ],
    [
      () => conv2d(8, 3, any({ padding: 'SAME' })),
      "conv2d: padding is 'SAME', expected 'valid' or 'same' [bad-option]\n  try: did you mean 'same'?",
    ],
    [
      () => maxPool2d(any('2')),
      "maxPool2d: the pool size is '2', expected a positive whole number, or two: [height, width] [bad-size]",
    ],
    [
      () => batchNorm({ momentum: 1.5 }),
      'batchNorm: momentum is 1.5, expected a number from 0 to 1 [bad-option]',
    ],
    [() => l2(-1), 'l2: the factor is -1, expected a number of at least 0 [bad-option]'],
    [() => l1l2(any({ L1: 1 })), "l1l2: there is no option 'L1' [unknown-option]\n  try: did you mean 'l1'?"],
    [() => maxNorm({ axis: any('0') }), "maxNorm: axis is '0', expected a whole number [bad-option]"],
    [
      () => randomNormal({ stddev: -1 }),
      'randomNormal: stddev is -1, expected a number of at least 0 [bad-option]',
    ],
    [
      () => varianceScaling(any({ mode: 'fan_in' })),
      "varianceScaling: mode is 'fan_in', expected 'fanIn', 'fanOut' or 'fanAvg' [bad-option]\n  try: did you mean 'fanIn'?",
    ],
    [() => constant(any('0')), "constant: the value is '0', expected a finite number [bad-option]"],
    [
      () => activationOf('elu', any({ slope: 1 })),
      "activationOf('elu'): there is no option 'slope' [unknown-option]\n  try: use one of alpha",
    ],
    [
      () => activationOf('tanh', any({ slope: 1 })),
      "activationOf('tanh'): there is no option 'slope' [unknown-option]\n  try: leave it out",
    ],
    [
      () => adam(any({ constructor: 1 })),
      "adam: there is no option 'constructor' [unknown-option]\n  try: use one of learningRate, weightDecay, clipnorm, clipvalue, globalClipnorm, beta1, beta2, epsilon, amsgrad",
    ],
  ])('refuse %s', (make, sentence) => {
    expect(refusal(make)).toBe(sentence)
  })

  test.each([
    () => adam({ learningRate: 0, beta1: 0, epsilon: 0, clipnorm: undefined as never }),
    () => sgd({ momentum: 1, nesterov: true }),
    () => dense(8, { kernelInitializer: 'heNormal', kernelRegularizer: l2(0), activation: 'relu' }),
    () => earlyStopping({ patience: 0, minDelta: -1, baseline: -3 }),
    () => dropout(1),
    () => maxNorm({ axis: [0, -1] }),
  ])('accept %s', make => {
    expect(refusal(make)).toBe('accepted')
  })
})

describe('values within lists, records and wrappings', () => {
  const said = (domain: Domain, x: unknown) => refusal(() => checkValue('f', 'o', domain, x))
  test.each([
    [listOf('numbers', finite), [1, 'a'], "f: o[1] is 'a', expected a finite number [bad-option]"],
    [listOf('numbers', finite), 1, 'f: o is 1, expected a list of numbers [bad-option]\n  try: write […]'],
    [
      recordOf('numbers', notNegative, '{ a: 1 }'),
      { b: -1 },
      'f: o[b] is -1, expected a number of at least 0 [bad-option]',
    ],
    [
      recordOf('numbers', finite, '{ a: 1 }'),
      null,
      'f: o is null, expected numbers [bad-option]\n  try: write { a: 1 }',
    ],
    [
      objectWith('weights', () => true),
      Promise.resolve(),
      'f: o is a Promise, expected weights [bad-option]\n  try: write await before it',
    ],
    [
      objectWith('weights', () => true),
      { _tag: 'Right', right: 1 },
      'f: o is an object, expected weights [bad-option]\n  try: write unwrap(…) around it',
    ],
    [listOf('numbers', finite), [1, 2], 'accepted'],
    [recordOf('numbers', finite, '{ a: 1 }'), { a: 1, b: undefined }, 'accepted'],
  ])('%s, %s', (domain, x, sentence) => {
    expect(said(domain, x)).toBe(sentence)
  })
})

/** Every function that takes options, called with one that there is not. */
const withStranger = (o: never): Readonly<Record<string, () => unknown>> => ({
  adam: () => adam(o),
  adamW: () => adamW(o),
  rmsprop: () => rmsprop(o),
  sgd: () => sgd(o),
  categoricalCrossentropy: () => categoricalCrossentropy(o),
  sparseCategoricalCrossentropy: () => sparseCategoricalCrossentropy(o),
  binaryCrossentropy: () => binaryCrossentropy(o),
  binaryAccuracy: () => binaryAccuracy(o),
  earlyStopping: () => earlyStopping(o),
  reduceOnPlateau: () => reduceOnPlateau(o),
  dense: () => dense(1, o),
  conv2d: () => conv2d(1, 1, o),
  depthwiseConv2d: () => depthwiseConv2d(1, o),
  batchNorm: () => batchNorm(o),
  layerNorm: () => layerNorm(o),
  dropout: () => dropout(0.5, o),
  maxPool2d: () => maxPool2d(2, o),
  averagePool2d: () => averagePool2d(2, o),
  globalAveragePool2d: () => globalAveragePool2d(o),
  l1l2: () => l1l2(o),
  orthogonalRegularizer: () => orthogonalRegularizer(o),
  maxNorm: () => maxNorm(o),
  unitNorm: () => unitNorm(o),
  minMaxNorm: () => minMaxNorm(o),
  randomUniform: () => randomUniform(o),
  randomNormal: () => randomNormal(o),
  truncatedNormal: () => truncatedNormal(o),
  varianceScaling: () => varianceScaling(o),
  orthogonal: () => orthogonal(o),
  identity: () => identity(o),
  jit: () => jit(x => x as never, o),
  init: () => unwrap(init(model, o)),
  split: () => unwrap(split({}, o)),
  fit: () => run(fit(model, any({}), o)),
  evaluate: () => run(evaluate(model, any({}), any({}), o)),
  predict: () => run(predict(model, any({}), any([]), o)),
  predictor: () => run(predictor(model, any({}), o)),
  compile: () => run(compile(model, o)),
  summary: () => run(summary(model, o)),
  profile: () => run(profile(model, o)),
})

const model = sequential(input(2), dense(1))

test.each(Object.entries(withStranger(any({ stranger: 1 }))))(
  '%s refuses an option that there is not',
  async (name, call) => {
    const fault: unknown = await (async () => call())().then(
      () => undefined,
      thrown => thrown,
    )
    if (!(fault instanceof FaultError)) throw new Error(`${name}: ${String(fault)}`)
    expect(fault.fault.message).toBe(`${name}: there is no option 'stranger'`)
  },
)

test.each([
  ['epoch', ['epochs', 'batchSize'], 'epochs'],
  ['batch', ['epochs', 'batchSize'], 'batchSize'],
  ['mse', ['meanSquaredError', 'meanAbsoluteError'], 'meanSquaredError'],
  ['mean_squared_error', ['meanSquaredError'], 'meanSquaredError'],
  ['tarin', ['train', 'test'], 'train'],
  ['surprise', ['epochs', 'batchSize'], undefined],
  ['', ['epochs'], undefined],
])('who writes %s meant, of %s, %s', (given, names, near) => {
  expect(nearest(given, names)).toBe(near)
})
