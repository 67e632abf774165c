import { gzipSuffix } from './client.mjs'

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`)
}

/** Prints a curl command that does a step of the demo. */
export function curl(url, { file, type, json }) {
  if (file !== undefined) {
    const encoding = gzipSuffix(file) ? ` -H 'Content-Encoding: gzip'` : ''
    say(`  curl -X POST '${url}' -H 'Content-Type: ${type}'${encoding} --data-binary @${file}`)
  } else
    say(
      `  curl '${url}' -H 'Content-Type: application/json' -d '${JSON.stringify(json).replaceAll("'", "'\\''")}'`,
    )
}

/** Asks for each example's prediction and prints it beside what is true. */
export async function showPredictions(client, { examples }) {
  say('\nPredictions for rows that are not in the data:')
  let right = 0
  for (const { request, name, truth, judge } of examples) {
    const { text, good } = judge(await client.post('/predict', request))
    if (good) right += 1
    const mark = good === undefined ? '' : good ? '✓ ' : '✗ '
    say(`  ${mark}${text}  ${name}${truth === undefined ? '' : `  (in truth ${truth})`}`)
  }
  if (examples.every(({ truth }) => truth === undefined))
    say(`  ${right} of ${examples.length} as a reader would say`)
}

/** A line that is written over on a terminal, and a line every few seconds elsewhere. */
export class ProgressLine {
  #last = 0
  #open = false

  /** @param {string} text */
  update(text) {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[2K${text}`)
      this.#open = true
    } else if (Date.now() - this.#last > 3000) {
      this.#last = Date.now()
      say(text)
    }
  }

  /** @param {string} text */
  end(text) {
    if (this.#open) process.stdout.write('\r\x1b[2K')
    this.#open = false
    say(text)
  }
}
