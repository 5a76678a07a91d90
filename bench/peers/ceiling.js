/**
 * Not a library: what one thread can do at most on a target. For GEMM, multiply-adds in registers; for the inference of
 * one row, which uses every weight once, reading the weights.
 */
import { existsSync } from 'node:fs'
import * as work from '../workloads.js'

const build = new URL('../../dist/src/profile/peaks.js', import.meta.url)
if (!existsSync(build)) throw new Error('densor build not found: run `npm run build` first')

const { multiplyAddLoop, readingLoop } = await import(build.href)

const times = call => n => {
  for (let i = 0; i < n; i++) call()
}

export const runnersFor = ({ target }) => {
  const multiplied = async () => {
    const { run, flops } = await multiplyAddLoop(target)
    const share = (2 * work.GEMM.size ** 3) / flops
    return { run: n => times(run)(Math.round(n * share)), computesNothing: true }
  }
  const read = async () => {
    const bytes = work.mlp().parameters.reduce((n, p) => n + p.byteLength, 0)
    return { run: times(await readingLoop(target, bytes)), computesNothing: true }
  }
  return { 'W2-b1': read, GEMM: multiplied, 'GEMM-resident': multiplied }
}
