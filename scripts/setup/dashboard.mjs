import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

/**
 * Builds the dashboard: static files with the hash of their content in their names, and beside each text the same
 * compressed, so that the service never compresses anything. It runs as a process of its own because it imports
 * packages, which set-up itself must not. Argument: the new folder.
 */
const [to = ''] = process.argv.slice(2)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const TEXTS = /\.(html|js|css|svg|csv)$/

await build({
  configFile: join(ROOT, 'src/dashboard/vite.config.mjs'),
  build: { outDir: to },
  logLevel: 'warn',
})
const files = (await readdir(to, { recursive: true })).filter((name) => TEXTS.test(name))
await Promise.all(files.map((name) => compress(join(to, name))))

async function compress(file) {
  const bytes = await readFile(file)
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }))
}
