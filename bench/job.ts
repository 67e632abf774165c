import { trainAndServe, upload } from './client.ts'
import { timed } from './comparison.ts'
import { type Memory, MemoryWatch } from './memory.ts'
import { startEmpty } from './service.ts'

/** A data set and an order, from the first byte to the version that answers. */
export interface JobTask {
  model: string
  /** The training file. */
  file: string
  recipe: object
  /** A row that the finished model is asked about. */
  features: object
  minutes?: number
}

export interface JobFigures {
  rows: number
  /** Seconds from the first byte of the upload to the answer to it. */
  upload: number
  /** Seconds from the order to the first prediction of the version. */
  job: number
  total: number
  memory: Memory
}

/**
 * Uploads, trains and waits for the version to be served, by a fitserve that was just started, on all cores.
 * @param look is given the running service and the version at the end, outside of the time
 */
export async function runJob<T>(
  task: JobTask,
  look: (url: string, version: string) => Promise<T>,
): Promise<JobFigures & { seen: T }> {
  const { model, file, recipe, features, minutes = 10 } = task
  const server = await startEmpty(null)
  try {
    const watch = new MemoryWatch(server.pid)
    const sent = await timed(() => upload(server.url, model, file))
    const trained = await timed(() =>
      trainAndServe(server.url, { model, dataset: model, recipe }, features, minutes),
    )
    const memory = await watch.end()
    const seen = await look(server.url, `${server.url}/models/${model}/versions/${trained.result}`)
    return {
      rows: sent.result,
      upload: sent.seconds,
      job: trained.seconds,
      memory,
      seen,
      total: sent.seconds + trained.seconds,
    }
  } finally {
    await server.stop()
  }
}
