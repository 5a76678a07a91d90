import ort from 'onnxruntime-node'
import { onnxRunners } from './onnx.js'

export const runners = onnxRunners(ort, {
  executionProviders: ['cpu'],
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
})
