import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Comparison } from '../comparison.ts'
import { LOAD_CORE } from '../measure.ts'
import { MemoryWatch, residentOf } from '../memory.ts'
import { startOn } from '../processes.ts'
import { readReviews } from '../reviews.ts'
import { startFitserve } from '../service.ts'
import { readWorkload } from '../workload.ts'

const CLIENT = fileURLToPath(new URL('../stream-client.ts', import.meta.url))
const Printed = z.object({ rows: z.int(), seconds: z.number() })

/** A million reviews in one NDJSON request to the book's model: rows a second, and how much memory grows. */
export const stream: Comparison = {
  name: 'stream',
  needs: ['imdb'],
  async run(bench) {
    const reviews = readReviews(join(bench.datasets ?? '', 'imdb', 'test.csv.gz'))
    const times = Math.ceil((bench.quick ? 50_000 : 1_000_000) / reviews.length)
    const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
    const server = await bench.step('fitserve trains', () => startFitserve(readWorkload()))
    try {
      const file = join(folder, 'reviews.ndjson')
      const lines = reviews.map((review) => `${JSON.stringify({ text: review.text })}\n`)
      await writeFile(file, lines.join(''))
      const send = (count: number) => sendRows(`${server.url}/predict?model=reviews`, file, count)
      await bench.step('warm-up', () => send(2))
      const before = await residentOf(server.pid)
      const watch = new MemoryWatch(server.pid)
      const { rows, seconds } = await bench.step('a stream of reviews', () => send(times))
      const { first } = await watch.end()
      return {
        goals: { 'stream-pace': rows / seconds, 'stream-memory': Math.max(0, first - before) },
        details: [
          { what: 'reviews in the stream', value: rows, unit: '' },
          { what: 'time', value: seconds, unit: 's' },
          {
            what: "the API process's memory before the stream, after a short one",
            value: before,
            unit: 'MB',
          },
          { what: 'the most that it had during the stream', value: first, unit: 'MB' },
        ],
        skipped: [],
      }
    } finally {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function sendRows(url: string, file: string, times: number): Promise<z.infer<typeof Printed>> {
  const command = [process.execPath, '--import', 'tsx', CLIENT, url, file, String(times)]
  const child = startOn(LOAD_CORE, command)
  return Printed.parse(JSON.parse(await text(child.stdout!)))
}
