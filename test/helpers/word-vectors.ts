import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packed } from '../../src/models/encoders/packed.ts'
import type { WordVectors } from '../../src/models/encoders/word-vectors.ts'

/** A set of word vectors as plain numbers. */
export interface PlainVectors {
  words: readonly string[]
  /** Factor of each word. */
  scales: readonly number[]
  /** Numbers of each word, from −127 to 127. */
  values: readonly (readonly number[])[]
}

/** Returns a set as a training takes it. */
export function vectorsOf(name: string, { words, scales, values }: PlainVectors): WordVectors {
  return {
    name,
    dimensions: values[0]?.length ?? 0,
    words: words.join('\n'),
    scales: packed(Float32Array.from(scales)),
    values: Buffer.from(Int8Array.from(values.flat()).buffer).toString('base64'),
  }
}

/** Writes a set's file into a folder, as its format says. @param change what is changed in its first line */
export async function writeVectors(
  folder: string,
  name: string,
  { words, scales, values }: PlainVectors,
  change: object = {},
): Promise<string> {
  const lines = Buffer.from(words.map((word) => `${word}\n`).join(''))
  const numbers = Buffer.alloc(4 * scales.length)
  for (const [at, scale] of scales.entries()) numbers.writeFloatLE(scale, 4 * at)
  const content = Buffer.concat([lines, numbers, Buffer.from(Int8Array.from(values.flat()).buffer)])
  const header = {
    format: 1,
    name,
    dimensions: values[0]?.length,
    words: words.length,
    wordBytes: lines.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    ...change,
  }
  const file = join(folder, `${name}.vectors`)
  await writeFile(file, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), content]))
  return file
}
