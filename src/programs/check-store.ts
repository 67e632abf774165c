import process from 'node:process'
import { openStore } from '../compose.ts'
import { ConfigError, loadConfig } from '../config/config.ts'
import { FitserveError } from '../errors.ts'
import { checkStore } from '../upkeep/check/check-store.ts'

/** The program of `npm run check:store`: checks the store that the settings name and prints its faults. */
async function main(): Promise<void> {
  const store = await openStore(loadConfig(process.env))
  try {
    const { datasets, versions, jobs, open, left, faults } = await checkStore(store)
    for (const { key, message } of faults) console.log(`${key}: ${message}`)
    const parts = [`${datasets} data sets`, `${versions} versions`, `${jobs} jobs (${open.length} not ended)`]
    console.log(`${parts.join(', ')}, ${left.length} left half done: ${faults.length} faults`)
    process.exitCode = faults.length > 0 ? 1 : 0
  } finally {
    await store.close()
  }
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof FitserveError
  console.error(known ? error.message : error)
  process.exitCode = 2
})
