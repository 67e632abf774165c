import { rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../helpers/temporary.ts'
import { script } from './fake-machine.ts'

const { runTests } = await script('test/run.mjs')
const { linesOf } = await script('test/report.mjs')
const ROOT = resolve(import.meta.dirname, '../..')

/** The last lines of a run of these files, in a project whose folder `processes` may try a test once more. */
async function run(files: Record<string, string>, args: string[] = []) {
  const folder = await temporaryFolder('run')
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const projects = [
    { test: { name: 'unit', include: ['unit-*.test.js'] } },
    { test: { name: 'processes', include: ['processes-*.test.js'], retry: 1 } },
  ]
  const config = `export default { test: { projects: ${JSON.stringify(projects)} } }`
  await writeFile(join(folder, 'vitest.config.js'), config)
  const head = "import { beforeAll, describe, expect, it } from 'vitest'\nlet tries = 0\n"
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), head + text)
  // Without what the vitest that runs this test has told its processes.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/VITEST/.test(name)))
  return linesOf(await runTests(folder, args, { env, stdio: 'ignore' })) as {
    lines: string[]
    failed: boolean
  }
}

const flaky = (name: string) =>
  `it('${name}', () => { if (tries++ === 0) throw new Error('${name}: first\\n try') })\n`
/** A flaky test needs a count of its own. */
const flakyFile = (name: string) => ({ [`processes-${name}.test.js`]: flaky(name) })

describe('the last lines of npm test', { timeout: 60_000 }, () => {
  it('name a test that passed at its second try, with the first error, and let the run pass', async () => {
    const { lines, failed } = await run({ ...flakyFile('one'), 'unit-a.test.js': "it('adds', () => {})" })
    expect(lines).toEqual([
      'flaky: processes-one.test.js: one: one: first try',
      '2 passed, 0 failed, 0 skipped',
    ])
    expect(failed).toBe(false)
  })

  it('fail a run in which three tests needed a second try', async () => {
    const { lines, failed } = await run({ ...flakyFile('a'), ...flakyFile('b'), ...flakyFile('c') })
    expect(lines.filter((line) => line.startsWith('flaky: '))).toHaveLength(3)
    expect(lines.slice(3)).toEqual([
      'failed: 3 tests passed at their second try only; a run may have 2 of them',
      '3 passed, 1 failed, 0 skipped',
    ])
    expect(failed).toBe(true)
  })

  it('give a test of one process no second try', async () => {
    const { lines, failed } = await run({ 'unit-a.test.js': flaky('once') })
    expect(lines).toEqual(['failed: unit-a.test.js: once: once: first try', '0 passed, 1 failed, 0 skipped'])
    expect(failed).toBe(true)
  })

  it('keep the errors of both tries of a test that failed', async () => {
    const bad = "it('fails', () => { throw new Error('try ' + ++tries) })"
    const { lines } = await run({ 'processes-a.test.js': bad })
    expect(lines).toEqual([
      'failed: processes-a.test.js: fails: try 1 | then: try 2',
      '0 passed, 1 failed, 0 skipped',
    ])
  })

  it('count hooks and files that fail, and what was skipped', async () => {
    const { lines, failed } = await run({
      'unit-hook.test.js':
        "describe('group', () => { beforeAll(() => { throw new Error('no server') }); it('a', () => {}) })",
      'unit-load.test.js': "throw new Error('cannot be loaded')",
      'unit-skip.test.js': "it.skip('later', () => {})",
    })
    expect(lines).toContain('failed: unit-hook.test.js: no server')
    expect(lines).toContain('failed: unit-load.test.js: cannot be loaded')
    expect(lines).toContain('skipped: unit-skip.test.js: later')
    expect(lines.at(-1)).toMatch(/^0 passed, \d failed, \d skipped$/)
    expect(failed).toBe(true)
  })

  it('are of the tests that the arguments choose', async () => {
    const files = { 'unit-a.test.js': "it('a', () => {})", ...flakyFile('b') }
    expect((await run(files, ['--exclude', '**/processes-*'])).lines).toEqual([
      '1 passed, 0 failed, 0 skipped',
    ])
    expect((await run(files, ['-t', 'a'])).lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped')
    expect((await run(files, ['processes-b'])).lines).toHaveLength(2)
  })
})
