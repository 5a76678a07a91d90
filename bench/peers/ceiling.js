/** Not a library: what one thread's multiply-adds in registers come to on a target, as the time GEMM would take. */
import { existsSync } from 'node:fs'
import * as work from '../workloads.js'

const build = new URL('../../dist/src/profile/peaks.js', import.meta.url)
if (!existsSync(build)) throw new Error('densor build not found: run `npm run build` first')

const { measurePeaks } = await import(build.href)

export const runnersFor = ({ target }) => ({
  GEMM: async () => {
    const { flops } = await measurePeaks(target)
    return { seconds: (2 * work.GEMM.size ** 3) / flops }
  },
})
