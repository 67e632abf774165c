import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

/** So little that it does not matter in what takes seconds. */
const LOOK_EVERY_MS = 25
const Job = z.object({
  id: z.string(),
  state: z.string(),
  error: z.unknown(),
  version: z.int().nullable(),
})
const JSON_TYPE = { 'content-type': 'application/json' }

/** Uploads a file, as it is, in a stream. @returns its number of rows */
export async function upload(url: string, name: string, file: string, type = 'text/csv'): Promise<number> {
  const response = await fetch(`${url}/datasets?name=${name}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: Readable.toWeb(createReadStream(file)),
    duplex: 'half',
  })
  return z.object({ rows: z.int() }).parse(await bodyOf(response)).rows
}

/** Orders a job and waits until its version answers. @returns the version's number */
export async function trainAndServe(
  url: string,
  order: { model: string; dataset: string; recipe: object },
  features: object,
  minutes: number,
): Promise<number> {
  const until = Date.now() + minutes * 60_000
  const { id } = Job.parse(await bodyOf(await send(`${url}/jobs`, order)))
  for (;;) {
    const job = Job.parse(await bodyOf(await fetch(`${url}/jobs/${id}`)))
    if (job.state === 'completed' && job.version !== null) {
      const asked = await send(`${url}/predict`, { model: order.model, features })
      await asked.arrayBuffer()
      if (asked.ok) return job.version
    } else if (job.state === 'failed') throw new Error(`the job failed: ${JSON.stringify(job.error)}`)
    if (Date.now() > until) throw new Error(`the job took longer than ${minutes} minutes`)
    await wait(LOOK_EVERY_MS)
  }
}

function send(url: string, body: object): Promise<Response> {
  return fetch(url, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) })
}

async function bodyOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
