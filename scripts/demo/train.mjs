import { setTimeout as wait } from 'node:timers/promises'
import { ProgressLine, say } from './print.mjs'

const POLL_MS = 300

/** Uploads a case's data, queues its job and watches it until there is a version. */
export async function trainCase(client, { model, file, recipe }) {
  const dataset = await client.upload(model, file)
  say(
    `Uploaded ${dataset.rows} rows with the columns ${dataset.columns.map(({ name, type }) => `${name} (${type})`).join(', ')}`,
  )
  const job = await client.post('/jobs', { model, dataset: model, ...(recipe ? { recipe } : {}) })
  say(job.reused ? `An identical job has run before; its version is used.` : `Queued the job ${job.id}`)
  const done = await watch(client, job.id)
  const evaluation = await client.get(`/models/${model}/versions/${done.version}/evaluation`)
  const metrics = Object.entries(evaluation.metrics).filter(([, value]) => typeof value === 'number')
  say(
    `On ${evaluation.rows} rows kept aside: ${metrics.map(([name, value]) => `${name} ${round(value)}`).join(', ')}`,
  )
  for (const warning of done.warnings) say(`Note: ${warning}`)
  return { dataset, version: done.version }
}

async function watch(client, id) {
  const line = new ProgressLine()
  for (;;) {
    const job = await client.get(`/jobs/${id}`)
    if (job.state === 'completed') {
      const seconds = (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000
      line.end(`Trained in ${seconds.toFixed(1)} s`)
      return job
    }
    if (job.state === 'failed' || job.state === 'cancelled')
      throw new Error(`the job ${job.state}: ${job.error?.detail}`)
    if (job.progress) line.update(progressText(job.progress))
    await wait(POLL_MS)
  }
}

function progressText({ phase, epoch, epochs, loss, valLoss, etaSeconds }) {
  if (phase !== 'fit') return `  ${phase} …`
  const losses = `${loss === null ? '' : `, loss ${round(loss)}`}${valLoss === null ? '' : `, validation loss ${round(valLoss)}`}`
  return `  epoch ${epoch} of ${epochs}${losses}${etaSeconds === null ? '' : `, about ${Math.ceil(etaSeconds)} s left`}`
}

/** @param {number} value */
export function round(value) {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3))
}
