import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withLock } from '../setup/lock.mjs'
import { cacheFolder } from '../setup/paths.mjs'
import { inTemporary, removeLeftovers } from '../setup/temporary.mjs'
import { download } from './download.mjs'
import { SOURCES } from './sources.mjs'
import { writeCsvGz } from './table.mjs'

/** The names that `originalData` knows. */
export const ORIGINALS = Object.keys(SOURCES)

/**
 * Returns a public data set as two CSV files (gzip): from DATASETS_DIR if that is set, otherwise from its
 * original address, kept in the user's cache.
 *
 * FITSERVE_ORIGINALS_URL replaces the folder that the files are fetched from (a mirror), and
 * FITSERVE_ORIGINALS_SHA256 (`file=hash,file=hash`) the hashes, if the mirror's files differ.
 *
 * @param {string} name one of `ORIGINALS`
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns {Promise<{ train: string, test: string, target: string, from: string }>}
 */
export async function originalData(name, { env = process.env, quiet = false } = {}) {
  const source = SOURCES[name]
  if (!source) throw new Error(`there is no data set "${name}"; there are ${ORIGINALS.join(', ')}`)
  const { target } = source
  if (env.DATASETS_DIR) {
    const folder = join(env.DATASETS_DIR, source.folder)
    const files = filesIn(folder)
    if (existsSync(files.train)) return { ...files, target, from: folder }
  }
  const { url, sha256, replaced } = addressOf(source, env)
  const cache = join(cacheFolder(env), 'originals')
  const folder = join(cache, `${name}-${sha256.slice(0, 12)}`)
  if (!existsSync(folder)) {
    await withLock(cache, async () => {
      await removeLeftovers(cache)
      if (existsSync(folder)) return
      const archive = join(cache, 'archives', `${sha256.slice(0, 12)}-${basename(url)}`)
      await download({ url, sha256 }, archive, { quiet })
      await convert(source, archive, folder, replaced ? undefined : source.rows, cache)
    })
  }
  return { ...filesIn(folder), target, from: url }
}

async function convert(source, archive, folder, rows, cache) {
  const { header, train, test } = await source.convert(archive)
  if (rows && (train.length !== rows.train || test.length !== rows.test)) {
    const found = `${train.length} and ${test.length}`
    throw new Error(`${archive} gave ${found} rows instead of ${rows.train} and ${rows.test}`)
  }
  await inTemporary(cache, async (temporary) => {
    const fresh = join(temporary, 'data')
    await mkdir(fresh)
    const files = filesIn(fresh)
    await writeCsvGz(files.train, header, train)
    await writeCsvGz(files.test, header, test)
    await rename(fresh, folder)
  })
}

function addressOf({ url, sha256 }, env) {
  const file = basename(url)
  const base = env.FITSERVE_ORIGINALS_URL?.replace(/\/+$/, '')
  const pairs = (env.FITSERVE_ORIGINALS_SHA256 ?? '').split(',').map((pair) => pair.trim().split('='))
  const own = pairs.find(([name]) => name === file)?.[1]
  return { url: base ? `${base}/${file}` : url, sha256: own ?? sha256, replaced: own !== undefined }
}

const filesIn = (folder) => ({ train: join(folder, 'train.csv.gz'), test: join(folder, 'test.csv.gz') })
