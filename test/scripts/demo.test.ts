import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { zip } from '../helpers/zip.ts'
import { temporaryFolder } from '../system/harness.ts'
import { script } from './fake-machine.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const { readArguments } = await script('demo/arguments.mjs')

/** Runs the demo to its end, in a folder of data of its own. */
async function demo(args: string[], more: Record<string, string> = {}) {
  const folder = await temporaryFolder()
  const { DATASETS_DIR: _, ...inherited } = process.env
  const env = { ...inherited, DATA_DIR: folder, PORT: '0', ...more }
  return new Promise<{ code: number; stdout: string; stderr: string; folder: string }>((done) =>
    execFile(process.execPath, ['scripts/demo.mjs', ...args], { cwd: ROOT, env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr, folder }),
    ),
  )
}

describe('the arguments of the demo', () => {
  it('are few', () => {
    expect(readArguments([], {})).toEqual({ once: false, data: undefined, help: undefined })
    expect(readArguments(['--once', '--data', 'boston'], {})).toMatchObject({ once: true, data: 'boston' })
    expect(readArguments(['-h'], {}).help).toMatch('npm run demo -- --data NAME')
  })

  it.each([
    [['--data', 'mnist'], {}, /no data set "mnist"/],
    [['--data'], {}, /argument missing/],
    [['imdb'], {}, /Unexpected argument 'imdb'/],
    [['--twice'], {}, /Unknown option '--twice'/],
    [[], { npm_config_once: 'true' }, /a "--" belongs before it/],
    [['imdb'], { npm_config_data: 'true' }, /a "--" belongs before it/],
  ])('%j %j are refused with what would do', (args, env, message) => {
    expect(() => readArguments(args, env)).toThrow(message)
    expect(() => readArguments(args, env)).toThrow(/--data NAME {5}trains on a public data set/)
  })
})

describe('the demo', () => {
  it('trains both models, labels every plain sentence right, and warns of nothing', async () => {
    const { code, stdout, stderr, folder } = await demo(['--once'], { HOST: '0.0.0.0', API_KEYS: '' })
    expect(stderr).not.toMatch(/warning|absl|onednn|deprecat/i)
    expect(code).toBe(0)
    expect(stdout).toMatch('8 of 8 right')
    expect(stdout.match(/ {2}curl /g)).toHaveLength(6)
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^Done: reviews and houses trained through the queue/)
    expect(existsSync(join(folder, 'server.json'))).toBe(false)
    expect(await readdir(join(folder, 'store/models'))).toEqual(['houses', 'reviews'])
  }, 240_000)

  it('downloads a public data set, scores the model on its test file and shows rows of that', async () => {
    const archive = zip({
      'x.npy': npy(60, 13, (row, column) => (row * (column + 3)) % 17),
      'y.npy': npy(60, 1, (row) => 10 + (row % 25)),
    })
    const server = createServer((request, response) => {
      if (request.url === '/boston_housing.npz') response.end(archive)
      else response.writeHead(404).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    const { code, stdout } = await demo(['--once', '--data', 'boston'], {
      XDG_CACHE_HOME: await temporaryFolder(),
      FITSERVE_ORIGINALS_URL: `http://127.0.0.1:${port}`,
      FITSERVE_ORIGINALS_SHA256: `boston_housing.npz=${createHash('sha256').update(archive).digest('hex')}`,
    })
    expect(stdout).toMatch(/test file of 12 rows/)
    expect(stdout).toMatch(/On all 12 rows of the test file: mean absolute error \d/)
    expect(stdout.match(/\(in truth/g)).toHaveLength(6)
    expect(code).toBe(0)
  }, 240_000)

  it('says what the service said when it cannot start', async () => {
    const folder = await temporaryFolder()
    const { code, stderr } = await demo(['--once'], { DATA_DIR: folder, PORT: 'many' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/The demo failed: the service did not start\.[\s\S]*PORT/)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

/** An array of doubles in NumPy's format. */
function npy(rows: number, columns: number, value: (row: number, column: number) => number): Buffer {
  const shape = columns > 1 ? `(${rows}, ${columns})` : `(${rows},)`
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }\n`
  const bytes = Buffer.alloc(10 + header.length + rows * columns * 8)
  bytes.write('\x93NUMPY\x01\x00', 0, 'latin1')
  bytes.writeUInt16LE(header.length, 8)
  bytes.write(header, 10, 'latin1')
  for (let i = 0; i < rows * columns; i++)
    bytes.writeDoubleLE(value(Math.floor(i / columns), i % columns), 10 + header.length + i * 8)
  return bytes
}
