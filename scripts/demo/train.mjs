import { setTimeout as wait } from 'node:timers/promises'
import { number, ProgressLine, say } from './print.mjs'

const POLL_MS = 300
const NOTES = 3

const METRICS = {
  accuracy: 'accuracy',
  auc: 'area under the ROC curve',
  mae: 'mean absolute error',
  r2: 'R²',
}

const PHASES = {
  start: 'starting',
  read: 'reading rows',
  encode: 'fitting the encoder',
  evaluate: 'evaluating',
  publish: 'publishing',
}

/**
 * Uploads a case's data, queues its job and watches it until it has a version. It trains even if an equal job
 * ran before, because training is what the demo shows.
 * @returns {Promise<number>} the version
 */
export async function trainCase(client, { model, file, recipe }) {
  const dataset = await client.upload(model, file)
  const columns = dataset.columns.map(({ name, type }) => `${name} (${type})`)
  say(
    `Uploaded ${number(dataset.rows)} rows of ${columns.length} columns: ${columns.slice(0, 3).join(', ')}${columns.length > 3 ? ', …' : ''}`,
  )
  const job = await client.post('/jobs', {
    model,
    dataset: model,
    force: true,
    ...(recipe ? { recipe } : {}),
  })
  say(`Queued the job ${job.id}`)
  const done = await watch(client, job.id)
  const evaluation = await client.get(`/models/${model}/versions/${done.version}/evaluation`)
  say(`On ${number(evaluation.rows)} rows that it was not fitted on: ${scores(evaluation.metrics)}`)
  for (const warning of done.warnings.slice(0, NOTES)) say(`Note: ${warning.message}`)
  const more = done.warnings.length - NOTES
  if (more > 0) say(`Note: and ${more} more like these (GET /jobs/${job.id})`)
  return done.version
}

function scores(metrics) {
  const known = Object.entries(METRICS).filter(([name]) => typeof metrics[name] === 'number')
  return known.map(([name, words]) => `${words} ${number(metrics[name])}`).join(', ')
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
      throw new Error(`the job ${job.state}${job.error ? `: ${job.error.detail}` : ''}`)
    if (job.progress) line.update(progressText(job.progress))
    await wait(POLL_MS)
  }
}

function progressText({ phase, epoch, epochs, loss, valLoss, etaSeconds }) {
  if (phase !== 'fit' || typeof epoch !== 'number') return `  ${PHASES[phase] ?? phase} …`
  return [
    `  epoch ${epoch} of ${epochs}`,
    ...(typeof loss === 'number' ? [`loss ${number(loss)}`] : []),
    ...(typeof valLoss === 'number' ? [`validation loss ${number(valLoss)}`] : []),
    ...(typeof etaSeconds === 'number' ? [`about ${Math.ceil(etaSeconds)} s left`] : []),
  ].join(', ')
}
