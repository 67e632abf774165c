import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hasOpenssl, makeCertificate } from '../helpers/certificates.ts'
import { EXAMPLES, type Service, start, temporaryFolder } from './harness.ts'
import { HOUSES } from './jobs.ts'

const run = promisify(execFile)
const PROGRAMS = join(import.meta.dirname, 'clients')
const TEXT = 'A wonderful film, and a splendid villain.'

/** The Python that has the clients of the protocols, beside the program that one of them installs. */
const MLSERVER = spawnSync('which', ['mlserver'])
const isMissing = process.env['CI'] !== 'true' && MLSERVER.status !== 0
const PYTHON = join(MLSERVER.stdout.toString().trim(), '../python')

const One = z.object({ label: z.string(), score: z.number() })
const Several = z.object({ predictions: z.array(z.object({ value: z.number() })) })

function grpcAddress({ output }: Service): string {
  return `127.0.0.1:${/"port":(\d+),"msg":"gRPC is ready"/.exec(output)?.[1]}`
}

describe.skipIf(isMissing)('clients that were written for other servers', () => {
  let service: Service
  let grpc: string
  /** What `/predict` answers for the text. */
  let wanted: string
  beforeAll(async () => {
    service = await start({ env: { GRPC_PORT: '0', LOG_LEVEL: 'info' } })
    grpc = grpcAddress(service)
    await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
    const reviews = { model: 'reviews', dataset: 'reviews', recipe: { epochs: 2 } }
    await service.finished((await service.submit(reviews)).id)
    await service.finished((await service.submit({ ...HOUSES, recipe: { ...HOUSES.recipe, epochs: 2 } })).id)
    const { body } = await service.post('/predict', { model: 'reviews', text: TEXT })
    const { label, score } = One.parse(body)
    wanted = `${label} ${score}`
  }, 240_000)

  it('tritonclient has the same answer, over HTTP and gRPC, as bytes and as JSON', async () => {
    const program = join(PROGRAMS, 'triton.py')
    const { stdout } = await run(PYTHON, [program, new URL(service.url).host, grpc, TEXT])
    expect(stdout.trim().split('\n')).toEqual([wanted, wanted, wanted])
  })

  it("MLServer's codecs read texts and tables", async () => {
    const [header = '', ...lines] = (await readFile(join(EXAMPLES, 'houses.csv'), 'utf8')).split('\n', 4)
    const names = header.split(',')
    const rows = lines.map((line) =>
      Object.fromEntries(
        line.split(',').flatMap((cell, at) => {
          const name = names[at] ?? ''
          if (name === 'median_house_value') return []
          return [[name, name === 'ocean_proximity' ? cell : Number(cell)]]
        }),
      ),
    )
    const { predictions } = Several.parse((await service.post('/predict', { model: 'houses', rows })).body)
    const child = run(PYTHON, [join(PROGRAMS, 'mlserver_codecs.py'), service.url, TEXT])
    child.child.stdin?.end(rows.map((row) => JSON.stringify(row)).join('\n'))
    const [review, values = ''] = (await child).stdout.trim().split('\n')
    expect(review).toBe(wanted)
    expect(JSON.parse(values)).toEqual(predictions.map(({ value }) => value))
  })
  it.skipIf(!hasOpenssl)('tritonclient has the same answer over gRPC with TLS', async () => {
    const { folder } = service
    await service.stop()
    const { cert, key } = makeCertificate(await temporaryFolder(), 'own')
    const secure = await start({ folder, env: { GRPC_PORT: '0', TLS_CERT: cert, TLS_KEY: key } })
    const { stdout } = await run(PYTHON, [join(PROGRAMS, 'triton.py'), '-', grpcAddress(secure), TEXT, cert])
    expect(stdout.trim()).toBe(wanted)
    await secure.stop()
  })
})
