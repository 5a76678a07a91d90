/** Looks at what `npm start` left: `mnist.mjs FOLDER LEAST_ACCURACY`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { argv, exit } from 'node:process'

const [, , folder, least] = argv
const historyFile = join(folder, 'history.json')
const complaints = []
for (const name of ['history.json', 'report.html'])
  if (!existsSync(join(folder, name))) complaints.push(`${join(folder, name)} is missing`)
const weights = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.safetensors')) : []
if (weights.length === 0) complaints.push(`${folder} holds no weights`)

const history = existsSync(historyFile) ? JSON.parse(readFileSync(historyFile, 'utf8')) : {}
const { testAccuracy } = history
if (!(testAccuracy >= Number(least)))
  complaints.push(`testAccuracy is ${testAccuracy}, expected ${least} or more`)
const seconds = (history.seconds ?? []).reduce((a, b) => a + b, 0)

if (complaints.length > 0) {
  console.error(complaints.join('\n'))
  exit(1)
}
const kilobytes = Math.round(statSync(join(folder, 'report.html')).size / 1000)
console.log(
  `held-out accuracy ${(100 * testAccuracy).toFixed(2)} %, ${seconds.toFixed(1)} s of training, report of ${kilobytes} kB`,
)
