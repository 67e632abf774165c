import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { isSetName, VECTORS_COMMAND, vectorDimensions } from '../recipe/index.ts'
import type { WordVectors } from './encoders/word-vectors.ts'

/*
 * The sets of pretrained word vectors of a machine, each a file of one folder. A file is one line of JSON (`Header`), a line
 * feed, and what the line's hash is of:
 *
 *     the words, most frequent first, each with a line feed behind it, in UTF-8
 *     a factor for each word, a 32-bit float, little-endian, from −1,000,000 to 1,000,000
 *     the numbers of each word, one byte for each dimension, from −127 to 127
 *
 * scripts/setup/vectors.mjs writes such a file, and so can anybody else.
 */

const SUFFIX = '.vectors'
/** Largest factor of a word: sums over the texts of a table have to stay finite as 32-bit floats. */
const LARGEST_FACTOR = 1e6
/** Longest first line, in bytes. */
const LONGEST_HEADER = 4_096

const Header = z.object({
  format: z.literal(1),
  name: z.string().refine(isSetName),
  dimensions: z.int().min(1).max(1_000),
  words: z.int().min(1).max(1_000_000),
  /** Bytes of the words with their line feeds. */
  wordBytes: z.int().min(1),
  /** SHA-256 of everything behind the first line, in hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Returns the names of the sets in a folder, in order; none where there is no such folder. */
export async function installedVectorSets(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => [])
  return files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .filter(isSetName)
    .sort()
}

/**
 * Reads a set of vectors, and checks it against its hash.
 * @throws FitserveError `training-failed` if it is not there, or damaged
 */
export async function readVectorSet(folder: string, name: string): Promise<WordVectors> {
  const bytes = await readFile(join(folder, `${name}${SUFFIX}`)).catch((cause) => {
    throw new FitserveError(
      'training-failed',
      `The word vectors "${name}" are not installed where the job runs. Install them there too (${VECTORS_COMMAND}), or set the recipe's vectors to "none".`,
      { cause },
    )
  })
  try {
    return wordVectorsOf(name, bytes)
  } catch (cause) {
    throw new FitserveError(
      'training-failed',
      `The file of the word vectors "${name}" is damaged. Install them anew: ${VECTORS_COMMAND}.`,
      { cause },
    )
  }
}

function wordVectorsOf(name: string, bytes: Buffer): WordVectors {
  const end = bytes.subarray(0, LONGEST_HEADER).indexOf('\n')
  const header = Header.parse(JSON.parse(bytes.toString('utf8', 0, Math.max(0, end))))
  const { dimensions, words, wordBytes, sha256 } = header
  const content = bytes.subarray(end + 1)
  const numbers = wordBytes + 4 * words
  if (header.name !== name || vectorDimensions({ vectors: name }) !== dimensions)
    throw new RangeError('a file of another name')
  if (content.length !== numbers + words * dimensions) throw new RangeError('a file of another length')
  if (createHash('sha256').update(content).digest('hex') !== sha256) throw new RangeError('another hash')
  for (let at = wordBytes; at < numbers; at += 4)
    if (!(Math.abs(content.readFloatLE(at)) <= LARGEST_FACTOR)) throw new RangeError('a factor out of range')
  return {
    name,
    dimensions,
    // Without the last line feed.
    words: content.toString('utf8', 0, wordBytes - 1),
    scales: content.toString('base64', wordBytes, numbers),
    values: content.toString('base64', numbers),
  }
}
