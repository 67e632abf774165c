// Uploads a data set, trains on it, follows the job and predicts, by openapi-fetch and the types of openapi-typescript.
import { readFileSync } from 'node:fs'
import createClient from 'openapi-fetch'
import type { paths } from './schema.js'

const [url = '', path = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl: url })

const dataset = await client.POST('/datasets', {
  params: { query: { name: 'typescript' } },
  body: readFileSync(path, 'utf8'),
  bodySerializer: (body) => body,
  headers: { 'Content-Type': 'text/csv' },
})
if (!dataset.data) throw new Error(dataset.error.title)
const order = { model: 'typescript', dataset: dataset.data.id, recipe: { epochs: 2 } }
const ordered = await client.POST('/jobs', { body: order })
if (!ordered.data) throw new Error(ordered.error.title)
let job: { id: string; state: string; version: number | null } = ordered.data
while (job.state === 'queued' || job.state === 'active') {
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { data, error } = await client.GET('/jobs/{id}', { params: { path: { id: job.id } } })
  if (!data) throw new Error(error.title)
  job = data
}
const { data, error } = await client.POST('/predict', {
  body: { model: 'typescript', text: 'A wonderful film' },
})
if (!data) throw new Error(error.title)
// Compiles only if the document allows any columns.
const houses = {
  model: 'houses',
  features: { rooms: 5, ocean_proximity: 'INLAND', new: true, bedrooms: null },
}
void (() => client.POST('/predict', { body: houses }))
console.log(dataset.data.rows, job.state, job.version, data.label)
