import { execFile, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { EXAMPLES, ROOT, type Service, start, temporaryFolder, whenOver } from './harness.ts'

const run = promisify(execFile)
const DOCUMENT = join(ROOT, 'openapi.yaml')
const PROGRAMS = join(import.meta.dirname, 'clients')
const REVIEWS = join(EXAMPLES, 'reviews.csv')

/** Without the project's own programs: those are pinned for its own use, and users have others. */
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => folder !== join(ROOT, 'node_modules/.bin'))
  .join(delimiter)

/** Returns the path of a tool of this machine; empty where it is missing. */
const placeOf = (tool: string) =>
  spawnSync('which', [tool], { env: { ...process.env, PATH } })
    .stdout.toString()
    .trim()

/** Where tests must be complete, a tool that is missing is a failure, not a reason to skip. */
const isMissing = (...tools: string[]) =>
  process.env['CI'] !== 'true' && tools.some((tool) => placeOf(tool) === '')

describe('the OpenAPI document', () => {
  it.skipIf(isMissing('redocly'))('has no finding by the recommended rules of redocly', async () => {
    const { stdout, stderr } = await run('redocly', ['lint', DOCUMENT], { env: quiet() })
    expect(stdout + stderr).toContain('Your API description is valid')
    expect(stdout + stderr).not.toMatch(/\d+ warning/)
  })

  it.skipIf(isMissing('spectral'))('has no finding by the recommended rules of spectral', async () => {
    const rules = join(await temporaryFolder(), 'rules.yaml')
    await writeFile(rules, 'extends: ["spectral:oas"]\n')
    const { stdout } = await run('spectral', [
      'lint',
      DOCUMENT,
      '--ruleset',
      rules,
      '--fail-severity',
      'hint',
    ])
    expect(stdout).not.toMatch(/warning/)
  })
})

describe('a client made from the OpenAPI document', () => {
  let service: Service
  beforeAll(async () => {
    service = await start()
  })
  /** Rows of the file, state of the job, version, and the label of a text. */
  const DONE = /^\d+ completed 1 (pos|neg)\n$/

  it.skipIf(isMissing('openapi-python-client'))(
    'by openapi-python-client uploads, trains, follows and predicts',
    async () => {
      const folder = await temporaryFolder()
      await run('openapi-python-client', [
        'generate',
        '--path',
        DOCUMENT,
        '--output-path',
        join(folder, 'client'),
      ])
      const python = pythonOf('openapi-python-client')
      const program = join(PROGRAMS, 'openapi-python-client.py')
      const env = { ...process.env, PYTHONPATH: join(folder, 'client') }
      const { stdout } = await run(python, [program, service.url, REVIEWS], { env })
      expect(stdout).toMatch(DONE)
    },
  )

  it.skipIf(isMissing('openapi-generator', 'openapi-python-client'))(
    'by openapi-generator for Python uploads, trains, follows and predicts',
    async () => {
      const folder = await temporaryFolder()
      await run('openapi-generator', ['generate', '-i', DOCUMENT, '-g', 'python', '-o', folder], LONG)
      const program = join(PROGRAMS, 'openapi-generator.py')
      const env = { ...process.env, PYTHONPATH: folder }
      const { stdout } = await run(pythonOf('openapi-python-client'), [program, service.url, REVIEWS], {
        env,
      })
      expect(stdout).toMatch(DONE)
    },
  )

  it.skipIf(isMissing('openapi-generator', 'mvn', 'java'))(
    'by openapi-generator for Java uploads, trains, follows and predicts',
    async () => {
      const folder = await temporaryFolder()
      // Else such a client lacks the class of the upload's form, and sends an empty list for each list of a recipe that
      // nobody set.
      const options = ['--global-property', 'skipFormModel=false']
      options.push('--additional-properties=containerDefaultToNull=true')
      await run(
        'openapi-generator',
        ['generate', '-i', DOCUMENT, '-g', 'java', '-o', folder, ...options],
        LONG,
      )
      await cp(join(PROGRAMS, 'OpenApiGenerator.java'), join(folder, 'src/main/java/OpenApiGenerator.java'))
      const compile = ['-q', '-Dmaven.test.skip=true', 'compile', 'dependency:copy-dependencies']
      await run('mvn', [...compile, '-DincludeScope=runtime', '-DoutputDirectory=lib'], {
        ...LONG,
        cwd: folder,
      })
      const { stdout } = await run(
        'java',
        ['-cp', 'target/classes:lib/*', 'OpenApiGenerator', service.url, REVIEWS],
        { cwd: folder },
      )
      expect(stdout).toMatch(DONE)
    },
  )

  it.skipIf(isMissing('oapi-codegen', 'go'))(
    'by oapi-codegen uploads, trains, follows and predicts',
    async () => {
      const folder = await temporaryFolder()
      await mkdir(join(folder, 'client'))
      await writeFile(join(folder, 'go.mod'), 'module fitserve.test\n\ngo 1.24\n')
      await cp(join(PROGRAMS, 'oapi-codegen.go'), join(folder, 'main.go'))
      const made = join(folder, 'client/client.gen.go')
      await run('oapi-codegen', ['-generate', 'types,client', '-package', 'client', '-o', made, DOCUMENT])
      await run('go', ['mod', 'tidy'], { ...LONG, cwd: folder })
      await run('go', ['build', '-o', 'flow', '.'], { ...LONG, cwd: folder })
      const { stdout } = await run(join(folder, 'flow'), [service.url, REVIEWS])
      expect(stdout).toMatch(DONE)
    },
  )

  it.skipIf(isMissing('openapi-typescript'))(
    'by openapi-typescript and openapi-fetch uploads, trains, follows and predicts',
    async () => {
      const modules = join(placeOf('openapi-typescript'), '../..')
      // Beside the packages, where the compiler and Node find them.
      const folder = await mkdtemp(join(modules, '../flow-'))
      whenOver(() => rm(folder, { recursive: true }))
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      await cp(join(PROGRAMS, 'openapi-fetch.ts'), join(folder, 'flow.ts'))
      await run('openapi-typescript', [DOCUMENT, '-o', join(folder, 'schema.ts')], { env: quiet() })
      const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', 'flow.ts']
      await run(join(modules, '.bin/tsc'), options, { ...LONG, cwd: folder })
      const { stdout } = await run('node', [join(folder, 'flow.js'), service.url, REVIEWS])
      expect(stdout).toMatch(DONE)
    },
  )
})

describe('the examples of the OpenAPI document', () => {
  it('are accepted by the service as they stand', async () => {
    const service = await start()
    await service.upload('reviews', REVIEWS)
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
    const order = { model: 'reviews', dataset: 'reviews', recipe: { epochs: 1 } }
    await service.finished((await service.submit(order)).id)
    const all = await examples()
    expect(all.length).toBeGreaterThan(8)
    for (const { method, path, type, value } of all) {
      const answer = await service.request(
        path
          .replace(/^\/datasets$/, '/datasets?name=reviews')
          .replace('{name}', 'reviews')
          .replace('{version}', '1'),
        {
          method,
          headers: { 'content-type': type },
          body: typeof value === 'string' ? value : JSON.stringify(value),
        },
      )
      expect(
        answer.status,
        `${method} ${path} ${JSON.stringify(value)}: ${JSON.stringify(answer.body)}`,
      ).toBeLessThan(300)
    }
  })
})

/** Options of programs that take long, or write much, on a busy machine. */
const LONG = { maxBuffer: 2 ** 26, timeout: 600_000 }

/** Environment in which tools neither ask for newer versions nor report their use. */
function quiet(): NodeJS.ProcessEnv {
  return { ...process.env, PATH, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
}

/** Returns the Python whose packages a command was installed with. */
function pythonOf(command: string): string {
  return join(placeOf(command), '../python')
}

const Document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        requestBody: z
          .looseObject({
            content: z.record(
              z.string(),
              z.looseObject({
                examples: z.record(z.string(), z.looseObject({ value: z.unknown() })).optional(),
              }),
            ),
          })
          .optional(),
      }),
    ),
  ),
})

/** Returns each example of a body in the document, with its operation. */
async function examples(): Promise<{ method: string; path: string; type: string; value: unknown }[]> {
  const { paths } = Document.parse(parse(await readFile(DOCUMENT, 'utf8')))
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      Object.entries(requestBody?.content ?? {}).flatMap(([type, { examples = {} }]) =>
        Object.values(examples).map(({ value }) => ({ method: method.toUpperCase(), path, type, value })),
      ),
    ),
  )
}
