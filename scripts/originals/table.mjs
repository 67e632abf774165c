import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/**
 * @typedef {{ header: string[], train: (string | number)[][], test: (string | number)[][] }} Tables
 */

/** @param {string} file @param {string[]} header @param {(string | number)[][]} rows */
export async function writeCsvGz(file, header, rows) {
  const lines = function* () {
    yield lineOf(header)
    for (const row of rows) yield lineOf(row)
  }
  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(file))
}

/** Writes a field as RFC 4180 says: quoted only if it must be. */
const lineOf = (row) => `${row.map((value) => quoted(String(value))).join(',')}\n`
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/**
 * Shuffles rows into an order that is the same on every machine.
 * @template T
 * @param {T[]} rows
 * @returns {T[]} the same array
 */
export function shuffle(rows, seed = 1) {
  let state = seed
  const random = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const row = rows[i]
    rows[i] = rows[j]
    rows[j] = row
  }
  return rows
}
