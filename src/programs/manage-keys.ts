import process from 'node:process'
import { parseArgs } from 'node:util'
import { ROLES } from '../access.ts'
import { ConfigError } from '../config/config-error.ts'
import { keysFileToChange } from '../config/keys.ts'
import { patternsOf } from '../keys/key-file.ts'
import { addKey, KeyFileError, listKeys, revokeKey, showKeys } from '../keys/manage-keys.ts'

const USAGE = `Usage: npm run key -- add NAME --role ${ROLES.join('|')} [--models 'imdb*,houses'] [--expires 90d] [--rate 600] [--rows 100000]
       npm run key -- list
       npm run key -- revoke NAME
Options: --file FILE (default: API_KEYS_FILE, or the file keys in DATA_DIR)`

/** Milliseconds of the units of --expires. */
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

const OPTIONS = {
  role: { type: 'string' },
  models: { type: 'string' },
  expires: { type: 'string' },
  rate: { type: 'string' },
  rows: { type: 'string' },
  file: { type: 'string' },
} as const

/** The program of `npm run key`: makes, lists and revokes API keys in the file that the service reads. */
async function main(): Promise<void> {
  const { positionals, values } = readArguments()
  const [command, name, ...others] = positionals
  const file = values.file ?? keysFileToChange(process.env)
  if (others.length > 0) throw usage()
  if (command === 'list' && name === undefined) return list(file)
  if (command === 'revoke' && name !== undefined) {
    await revokeKey(file, name)
    return console.log(
      `The key "${name}" is revoked. A running service stops accepting it within two seconds.`,
    )
  }
  if (command !== 'add' || name === undefined) throw usage()
  const role = ROLES.find((each) => each === values.role)
  const models = patternsOf(values.models)
  if (!role) throw usage(`--role must be one of ${ROLES.join(', ')}.`)
  if (models === undefined)
    throw usage('--models must be names or patterns such as imdb*, with commas between them.')
  const limits = { requestsPerMinute: wholeOf('rate', values.rate), rowsPerDay: wholeOf('rows', values.rows) }
  const expiresAt = values.expires === undefined ? null : endOf(values.expires)
  const before = await listKeys(file)
  const secret = await addKey(file, { name, role, models, expiresAt, ...limits })
  console.log(secret)
  // Behind the key, which a script may take from the standard output.
  console.error(`This is the key "${name}". It is shown only now: ${file} has its hash.`)
  if (before.length === 0)
    console.error(
      'It is the first key in this file. Restart a service that was started without keys: until then it asks for none.',
    )
}

async function list(file: string): Promise<void> {
  const keys = await listKeys(file)
  if (keys.length === 0) console.error(`${file} has no keys.`)
  for (const line of showKeys(keys, Date.now())) console.log(line)
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : undefined)
  }
}

function wholeOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw usage(`--${option} must be a whole number.`)
}

/** Returns when a time such as 90d from now is over, or when a day begins. */
function endOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  if (count !== undefined) return Date.now() + Number(count) * (UNITS[unit] ?? 0)
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time))
    throw usage('--expires must be a time such as 12h, 90d or 8w, or a date such as 2027-03-31.')
  return time
}

function usage(fault?: string): ConfigError {
  return new ConfigError(fault === undefined ? USAGE : `${fault}\n${USAGE}`)
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof KeyFileError
  console.error(known ? error.message : error)
  process.exitCode = 2
})
