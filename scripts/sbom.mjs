import { writeFileSync } from 'node:fs'
import { TENSORFLOW, wheelFor } from './setup/wheels.mjs'
import { npmJson } from './supply/npm.mjs'
import { withTensorFlow } from './supply/sbom.mjs'

// `npm run sbom [-- FILE]`: writes what the service consists of, as CycloneDX 1.5, to sbom.cdx.json or a file of another
// name: the npm packages of the lock file without those of development, and TensorFlow's library for this machine.
const file = process.argv[2] ?? 'sbom.cdx.json'
const options = [
  '--sbom-format',
  'cyclonedx',
  '--sbom-type',
  'application',
  '--package-lock-only',
  '--omit',
  'dev',
]
const bom = withTensorFlow(await npmJson(['sbom', ...options]), wheelFor(), TENSORFLOW)
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`)
console.log(`${file}: ${bom.components.length} components`)
