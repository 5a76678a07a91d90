import * as ort from 'onnxruntime-web'
import { onnxRunners } from './onnx.js'

ort.env.wasm.numThreads = 1

export const runners = onnxRunners(ort, { executionProviders: ['wasm'] })
