import { spawnSync } from 'node:child_process'
import { getPriority } from 'node:os'
import { describe, expect, it } from 'vitest'

const MODULE = JSON.stringify(new URL('../../src/runtime/priority.ts', import.meta.url).href)

/** What a program prints, started at a priority. */
function printed(nice: number, code: string): unknown {
  const program = ['nice', '-n', String(nice), process.execPath, '--import', 'tsx', '--input-type=module']
  const [command = '', ...args] = [...program, '--eval', `import * as it from ${MODULE}\n${code}`]
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The 19th word of a thread's stat is its priority. */
const PRIORITIES = `
  import { readdirSync, readFileSync } from 'node:fs'
  const of = (id) => Number(readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ')[1].split(' ')[16])
  const priorities = () => [...new Set(readdirSync('/proc/self/task').map(of))].sort()`

describe.skipIf(process.platform !== 'linux' || getPriority() !== 0)('a priority', () => {
  it('is lowered for all threads that run, and for none that is lower already', () => {
    const code = `${PRIORITIES}
      const before = priorities()
      it.lowerPriority(7)
      const lowered = priorities()
      it.lowerPriority(3)
      console.log(JSON.stringify([before, lowered, priorities()]))`
    expect(printed(0, code)).toEqual([[0], [7], [7]])
    expect(printed(5, code)).toEqual([[5], [7], [7]])
    expect(printed(12, code)).toEqual([[12], [12], [12]])
  })

  it('may be that of one thread', () => {
    const code = `${PRIORITIES}
      it.lowerThreadPriority()
      console.log(JSON.stringify(priorities()))`
    expect(printed(0, code)).toEqual([0, 10])
  })

  it('may be that of all threads but the one that runs the event loop', () => {
    const code = `${PRIORITIES}
      it.runHelpersAtLowerPriority()
      const others = readdirSync('/proc/self/task').filter((id) => Number(id) !== process.pid)
      console.log(JSON.stringify([of(process.pid), [...new Set(others.map(of))]]))`
    expect(printed(0, code)).toEqual([0, [10]])
  })
})
