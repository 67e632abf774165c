import { bundledCases } from './bundled.mjs'
import { Client } from './client.mjs'
import { showHeldOut } from './held-out.mjs'
import { originalCase } from './originals.mjs'
import { curl, say, showPredictions } from './print.mjs'
import { startService } from './service.mjs'
import { trainCase } from './train.mjs'

/**
 * Starts the service, trains, predicts, and shows how to do the same by hand.
 * @param {{ once: boolean, data: string | undefined }} options data: a public data set instead of the bundled ones
 * @returns {Promise<number>} the process's exit code
 */
export async function demonstrate({ once, data }) {
  const cases = data === undefined ? await bundledCases() : [await originalCase(data)]
  const service = await startService()
  try {
    say(`fitserve serves at ${service.url}; its data are in ${service.folder}`)
    const client = new Client(service.url)
    for (const each of cases) await runCase(client, service.url, each)
    const models = cases.map(({ model }) => model).join(' and ')
    if (once) {
      await service.stop()
      say(`\nDone: ${models} trained through the queue and answered over HTTP. ${service.again}`)
      return 0
    }
    say(`\nDone. Still serving ${models} at ${service.url}: open it in a browser. Ctrl+C stops it.`)
    const code = await service.untilSignal()
    say('\nStopped.')
    return code
  } finally {
    await service.stop()
  }
}

async function runCase(client, url, each) {
  say(`\n— ${each.title} —\n${each.about}`)
  const version = await trainCase(client, each)
  const examples = each.heldOut ? await showHeldOut(client, each) : each.examples
  await showPredictions(client, examples)
  say(`\nThe same by hand (this was version ${version} of the model "${each.model}"):`)
  curl(`${url}/datasets?name=${each.model}`, { file: each.file, type: 'text/csv' })
  curl(`${url}/jobs`, {
    json: { model: each.model, dataset: each.model, ...(each.recipe ? { recipe: each.recipe } : {}) },
  })
  curl(`${url}/predict`, { json: shortest(examples.map(({ request }) => request)) })
}

const shortest = (requests) =>
  requests.reduce((a, b) => (JSON.stringify(b).length < JSON.stringify(a).length ? b : a))
