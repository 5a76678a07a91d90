/** Three kinds of iris from four measures: `node dist/examples/iris.js` in the root of the project. */
import { readFile } from 'node:fs/promises'
import { fromCsv } from '../src/csv.js'
import * as d from '../src/index.js'

const text = await readFile('examples/iris.csv', 'utf8')
const features = ['sepal length', 'sepal width', 'petal length', 'petal width'] as const
const { x, y, classes } = d.unwrap(fromCsv(text, { features, label: 'species' }))
const { train, test } = d.unwrap(d.split({ x, y }, { holdOut: 0.2, seed: 1 }))
const scale = d.unwrap(d.standardize(train.x))
const model = d.sequential(d.input(4), d.dense(16, 'relu'), d.dense(3, 'softmax'))
const options = {
  loss: 'sparseCategoricalCrossentropy',
  optimizer: 'adam',
  epochs: 100,
  verbose: 'silent',
} as const
const { weights } = await d.run(d.fit(model, { x: scale.x, y: train.y }, options))
const scores = await d.run(d.predict(model, weights, d.unwrap(scale.apply(test.x))))
console.log(classes, d.confusionOf(scores, test.y, classes).counts)
await d.run(d.saveWeights('out/iris.safetensors', weights))
const loaded = await d.run(d.loadWeights(model, 'out/iris.safetensors'))
const row = d.unwrap(scale.apply([[5.1, 3.5, 1.4, 0.2]]))
const [kind = 0] = d.toArrays(d.unwrap(d.classesOf(await d.run(d.predict(model, loaded, row)))))
console.log(`one row: ${classes[kind]}`)
