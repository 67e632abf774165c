import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { openStore } from '../compose.ts'
import { ConfigError, loadConfig } from '../config/config.ts'
import { FitserveError } from '../errors.ts'
import { counted } from '../numbers.ts'
import type { Store } from '../store/contract.ts'
import { checkStore } from '../upkeep/check/check-store.ts'
import { planRepair, type RepairPlan, repair } from '../upkeep/check/repair-model.ts'

const USAGE = 'Usage: npm run check:store [-- --repair MODEL [--yes]]'

/**
 * The program of `npm run check:store`: checks the store that the settings name and prints its faults. With
 * `--repair MODEL` it lets the log of a model go on behind damaged newest entries, after it has asked.
 */
async function main(): Promise<void> {
  const { repair: model, yes } = readArguments()
  const store = await openStore(loadConfig(process.env))
  try {
    await (model === undefined ? check(store) : repairModel(store, model, yes))
  } finally {
    await store.close()
  }
}

function readArguments(): { repair?: string | undefined; yes: boolean } {
  try {
    const options = { repair: { type: 'string' }, yes: { type: 'boolean', default: false } } as const
    return parseArgs({ options }).values
  } catch (cause) {
    throw new ConfigError(`${cause instanceof Error ? cause.message : String(cause)}\n${USAGE}`)
  }
}

async function check(store: Store): Promise<void> {
  const { datasets, versions, jobs, open, left, faults } = await checkStore(store)
  for (const { key, message } of faults) console.log(`${key}: ${message}`)
  const parts = [
    counted(datasets, 'data set'),
    counted(versions, 'version'),
    `${counted(jobs, 'job')} (${open.length} not ended)`,
  ]
  console.log(`${parts.join(', ')}, ${left.length} left half done: ${counted(faults.length, 'fault')}`)
  process.exitCode = faults.length > 0 ? 1 : 0
}

async function repairModel(store: Store, model: string, yes: boolean): Promise<void> {
  const plan = await planRepair(store, model)
  if (!plan) {
    console.log(`The newest entry of the log of "${model}" can be read. Nothing is to be repaired.`)
    return
  }
  for (const line of describe(model, plan)) console.log(line)
  if (!yes && !(await confirmed())) {
    console.log('Nothing was changed. To append the entry, answer y, or add --yes to the command.')
    process.exitCode = 1
    return
  }
  const made = await repair(store, plan)
  if (made === undefined) {
    console.log('Another process has added an entry to the log meanwhile. Nothing was changed.')
    process.exitCode = 1
  } else console.log(`Entry ${made} was appended to the log of "${model}".`)
}

/** Returns what a repair would do, in lines for people. */
function describe(model: string, { end: { lost, last }, found, state }: RepairPlan): string[] {
  const aliases = Object.entries(state.aliases).map(([alias, { version }]) => `${alias} → ${version}`)
  const versions = state.versions.map(({ version }) => version)
  return [
    `Entries of the log of "${model}" that cannot be read: ${lost.join(', ')}. What they changed is lost.`,
    `Newest entry that can be read: ${last.generation}, of ${last.at}.`,
    ...found.map(({ version, job, createdAt, imported }) =>
      imported
        ? `Version ${version} is found again by its files, which were imported at ${createdAt}. Its number follows from the order of events, and its import may have failed.`
        : `Version ${version} is found again by its job ${job}.`,
    ),
    `The repair appends entry ${(lost.at(-1) ?? 0) + 1}: versions ${versions.join(', ') || 'none'}; aliases ${aliases.join(', ') || 'none'}.`,
    'No file is changed or deleted. Check the aliases afterwards.',
  ]
}

async function confirmed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Without a terminal the input ends at once, and the question is never answered.
  const ended = once(terminal, 'close').then(() => '')
  try {
    const answer = await Promise.race([terminal.question('Append this entry? [y/N] '), ended])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof FitserveError
  console.error(known ? error.message : error)
  process.exitCode = 2
})
