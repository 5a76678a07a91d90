/** The clock: warm-up, then blocks of work; the median of the blocks is the figure. */

/** How long a measurement takes; V8 compiles wasm twice, and the second compiler is done within the warm-up. */
export const pace = { warm: 1.5, blocks: 5, blockSeconds: 0.3 }

/** Seconds that `run(units)` takes. */
const time = async (run, units) => {
  const start = performance.now()
  await run(units)
  return (performance.now() - start) / 1e3
}

/** Seconds per unit of work, one figure per block, after a warm-up. */
export const measure = async (run, { warm, blocks, blockSeconds }) => {
  let units = 1
  let spent = 0
  let perUnit = 0
  do {
    const seconds = await time(run, units)
    spent += seconds
    perUnit = seconds / units
    if (seconds < blockSeconds / 2) units *= 2
  } while (spent < warm)
  // nothing to be evened out where a unit takes many seconds
  if (perUnit > warm) return [perUnit]
  const perBlock = Math.max(1, Math.round(blockSeconds / perUnit))
  const figures = []
  for (let block = 0; block < blocks; block++) figures.push((await time(run, perBlock)) / perBlock)
  return figures
}

/** Seconds of one single call. */
export const measureOnce = run => time(run, 1)

/** The middle value; of an even count, the mean of the two in the middle. */
export const median = values => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
