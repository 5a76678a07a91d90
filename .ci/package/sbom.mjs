// Writes dist/sbom.cdx.json: what the package depends on when it is used, as CycloneDX, the same bytes for the same lock file.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const bom = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], { encoding: 'utf8', maxBuffer: 1e8 }),
)
const { name, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))

// `--omit dev` would leave out what a development dependency needs as well, such as picocolors
const used = new Map()
const visit = wanted => {
  const found = packages[`node_modules/${wanted}`]
  if (found === undefined || used.has(wanted)) return
  used.set(wanted, `${wanted}@${found.version}`)
  for (const next of Object.keys(found.dependencies ?? {})) visit(next)
}
for (const wanted of Object.keys(dependencies)) visit(wanted)

const { serialNumber, metadata, components, dependencies: edges, ...rest } = bom
// npm takes the name of the folder for that of the package, and the time of day into the file
const { timestamp, component, ...about } = metadata
const refs = new Set([component['bom-ref'], ...used.values()])
const kept = {
  ...rest,
  metadata: { ...about, component: { ...component, name } },
  components: components.filter(c => refs.has(c['bom-ref'])),
  dependencies: edges.flatMap(({ ref, dependsOn = [] }) =>
    refs.has(ref) ? [{ ref, dependsOn: dependsOn.filter(other => refs.has(other)) }] : [],
  ),
}
const missing = [...used.values()].filter(ref => !kept.components.some(c => c['bom-ref'] === ref))
if (missing.length > 0) throw new Error(`npm sbom does not list ${missing.join(', ')}`)
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(kept, null, 2)}\n`)
