import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ROOT, start } from './harness.ts'

/** A shell function in front of the real `curl` that also prints the status. */
const CURL = `curl() { command curl --silent --show-error --write-out '\\nstatus %{http_code}\\n' "$@"; }`

it('the commands of the README work in their order and show what it says', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  expect(blocks.length).toBeGreaterThan(3)
  const service = await start()
  const answers: string[] = []
  for (const block of blocks) {
    const script = `set -eu\n${CURL}\n${block.replaceAll('http://127.0.0.1:3000', service.url)}`
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: ROOT })
    answers.push(stdout)
    const statuses = [...stdout.matchAll(/^status (\d+)$/gm)].map(([, status]) => status)
    expect(statuses, block).toHaveLength(block.match(/^curl /gm)?.length ?? 0)
    for (const status of statuses) expect(status, `${block}\n${stdout}`).toMatch(/^2\d\d$/)
    // A reader takes a moment before the next command; the model learns meanwhile.
    const ordered = /"id":"([0-9a-f-]{36})".*\nstatus 202/.exec(stdout)?.[1]
    if (ordered) expect(await service.finished(ordered)).toMatchObject({ state: 'completed' })
  }
  const asked = answers[blocks.findIndex((block) => block.includes('/predict'))]
  expect(asked, 'the README asks for a wonderful film').toContain('"label":"pos"')
}, 240_000)
