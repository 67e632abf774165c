import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'

const Rows = z.array(z.object({ text: z.string(), label: z.string() }))
export type Review = z.infer<typeof Rows>[number]

/** The reviews of a CSV file, gzip or not. */
export function readReviews(file: string): Review[] {
  const bytes = readFileSync(file)
  return Rows.parse(parse(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true }))
}

/**
 * As many reviews as wanted: each is the beginning of one and the end of another of the same label, parted at words
 * by a generator with a fixed seed. So their words and lengths are those of real ones, and the same at each call.
 */
export function* moreReviews(reviews: readonly Review[], count: number): Generator<Review> {
  const labels = [...new Set(reviews.map(({ label }) => label))]
  const groups = labels.map((wanted) => reviews.filter(({ label }) => label === wanted))
  const random = generator()
  const any = (group: readonly Review[]) => group[Math.floor(random() * group.length)]?.text ?? ''
  for (let made = 0; made < count; made++) {
    const group = groups[made % groups.length] ?? []
    const first = any(group)
    const second = any(group)
    const share = random()
    const begin = first.slice(0, first.indexOf(' ', Math.floor(first.length * share)) + 1)
    const end = second.slice(Math.max(0, second.indexOf(' ', Math.floor(second.length * share))))
    yield { text: begin + end, label: group[0]?.label ?? '' }
  }
}

/** Numbers from 0 to 1 (mulberry32). */
function generator(): () => number {
  let state = 1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
