// `npm run demo [-- --once] [-- --data imdb|reuters|boston|california]`: the main job, end to end, over HTTP.
import process from 'node:process'
import { parseArgs } from 'node:util'
import { bundledCases } from './demo/bundled.mjs'
import { Client } from './demo/client.mjs'
import { originalCase } from './demo/originals.mjs'
import { curl, say, showPredictions } from './demo/print.mjs'
import { startService } from './demo/service.mjs'
import { trainCase } from './demo/train.mjs'
import { setUp } from './setup.mjs'

const DATA = ['imdb', 'reuters', 'boston', 'california']

/** Runs the whole demonstration; gives the process's exit code. */
async function main() {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help || (values.data !== undefined && !DATA.includes(values.data))) {
    say(`Usage: npm run demo [-- [--once] [--data ${DATA.join('|')}]]`)
    return values.help ? 0 : 1
  }
  if ((await setUp({})) === false) return 1
  const cases = values.data === undefined ? await bundledCases() : [await originalCase(values.data)]
  const service = await startService()
  try {
    say(`fitserve serves at ${service.url}`)
    const client = new Client(service.url)
    for (const each of cases) await runCase(client, service.url, each)
    if (values.once) {
      await service.stop()
      say('\nDone: every step above went through the API, the queue and a training process.')
      return 0
    }
    say(`\nStill serving at ${service.url} (documentation at ${service.url}/docs). Stop it with Ctrl+C.`)
    return await service.untilSignal()
  } finally {
    await service.stop()
  }
}

async function runCase(client, url, each) {
  say(`\n— ${each.title} —\n${each.about}`)
  const { dataset, version } = await trainCase(client, each)
  await showPredictions(client, each)
  say('\nThe same by hand:')
  curl(`${url}/datasets?name=${each.model}`, { file: each.file, type: 'text/csv' })
  curl(`${url}/jobs`, {
    json: { model: each.model, dataset: dataset.name, ...(each.recipe ? { recipe: each.recipe } : {}) },
  })
  curl(`${url}/predict`, { json: each.examples[0].request })
  say(`This was version ${version} of the model "${each.model}".`)
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`\nThe demo failed: ${error.message}`)
    process.exit(1)
  },
)
