import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'

/** @param {string} file */
export function gzipSuffix(file) {
  return file.endsWith('.gz')
}

/** A small HTTP client whose errors say what the service said. */
export class Client {
  #url

  /** @param {string} url */
  constructor(url) {
    this.#url = url
  }

  get(path) {
    return this.#ask(path, {})
  }

  post(path, json) {
    return this.#ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    })
  }

  /** Streams a CSV file into a data set. */
  upload(name, file) {
    const encoding = gzipSuffix(file) ? { 'content-encoding': 'gzip' } : {}
    return this.#ask(`/datasets?name=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', ...encoding },
      body: Readable.toWeb(createReadStream(file)),
      duplex: 'half',
    })
  }

  /** Predicts rows as a stream of lines; an answer for each, in order. */
  predictLines(model, rows) {
    return this.#ask(`/predict?model=${model}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    })
  }

  async #ask(path, options) {
    const response = await fetch(this.#url + path, options)
    const text = await response.text()
    const lines = response.headers.get('content-type')?.startsWith('application/x-ndjson')
    if (response.ok && lines)
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const body = text === '' ? undefined : JSON.parse(text)
    if (response.ok) return body
    throw new Error(
      `${options.method ?? 'GET'} ${path} was answered ${response.status}: ${body?.detail ?? text.slice(0, 200)}`,
    )
  }
}
