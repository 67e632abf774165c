import { join } from 'node:path'
import { EXAMPLES, type Service, start } from '../system/harness.ts'
import { API_KEYS, KEYS } from './keys.ts'

/** A recipe that trains in moments. */
const SMALL = { layers: [{ units: 4 }], epochs: 6, validation: { split: 0.2 } }

/** Starts a service with keys, and trains the models `reviews` and `houses` on the examples. */
export async function startWithExamples(): Promise<Service> {
  const service = await start({ key: KEYS.admin, env: { API_KEYS } })
  for (const name of ['reviews', 'houses']) {
    await service.upload(name, join(EXAMPLES, `${name}.csv`))
    await service.finished((await service.submit({ model: name, dataset: name, recipe: SMALL })).id)
  }
  return service
}
