import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ROOT } from './files.ts'

const { kinds, $defs } = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/kubernetes.json'), 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
ajv.addSchema({ $id: 'kubernetes', $defs })

/** Returns what is wrong with a manifest by the schema of its kind, as JSON; null if nothing is. */
export function schemaFaults(manifest: { apiVersion: string; kind: string }): string | null {
  const kind = `${manifest.apiVersion} ${manifest.kind}`
  if (!Object.hasOwn(kinds, kind)) return `There is no kind ${kind}`
  const validate = ajv.compile({ $ref: `kubernetes#/$defs/${kinds[kind]}` })
  return validate(manifest) ? null : JSON.stringify(validate.errors, null, 2)
}
