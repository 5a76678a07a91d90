/** What needs Node's files: `densor/node`, and in Node a part of `densor` itself. */
export { type HistoryFile, loadHistory, saveHistory } from './formats/history.js'
export { loadModel, saveModel } from './formats/model.js'
export { saveBest } from './formats/save-best.js'
export { loadTraining, saveTraining } from './formats/training.js'
export { loadWeights, saveWeights } from './formats/weights.js'
export { saveReport } from './report/save.js'
