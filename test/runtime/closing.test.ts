import { setImmediate as turn } from 'node:timers/promises'
import { type Logger, pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { openLog } from '../../src/runtime/open-log.ts'
import { openTracing } from '../../src/runtime/open-tracing.ts'
import { Closing } from '../../src/runtime/shutdown.ts'
import { threadProgram } from '../../src/runtime/thread-program.ts'

/** What was logged, as its level and message. */
function logged(): { log: Logger; lines: [number, string][] } {
  const lines: [number, string][] = []
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line)
    lines.push([level, msg])
  }
  return { log: pino({}, { write }), lines }
}

describe('the end of a process', () => {
  it('closes what takes work all at once, and then its parts, the last opened first', async () => {
    const closing = new Closing(logged().log, 0)
    const order: string[] = []
    let finish: (() => void) | undefined
    const part = (name: string) => async () => void order.push(name)
    closing.part(part('first'))
    closing.work(async () => {
      order.push('one begins')
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      order.push('one ends')
    })
    closing.part(part('second'))
    closing.work(part('other'))
    expect(closing.begun).toBe(false)
    const run = closing.run()
    expect(closing.begun).toBe(true)
    const again = closing.run()
    await turn()
    expect(order).toEqual(['one begins', 'other'])
    finish?.()
    await Promise.all([run, again])
    expect(order).toEqual(['one begins', 'other', 'one ends', 'second', 'first'])
  })

  it('closes each part also where another fails', async () => {
    const { log, lines } = logged()
    const closing = new Closing(log, 0)
    const closed: string[] = []
    closing.part(async () => void closed.push('part'))
    closing.part(() => Promise.reject(new Error('no')))
    closing.work(() => Promise.reject(new Error('no')))
    closing.work(async () => void closed.push('work'))
    await closing.run()
    expect(closed).toEqual(['work', 'part'])
    expect(lines).toEqual(Array(2).fill([50, 'a part could not be closed']))
  })
})

describe('the program of a thread', () => {
  it('is beside its module, and a source is loaded by tsx', () => {
    expect(threadProgram('file:///a/b.js', 'c').href).toBe('file:///a/c.js')
    const { href } = threadProgram(import.meta.url, 'fixtures/program')
    expect(href).toMatch(/^data:text\/javascript,/)
    const code = decodeURIComponent(href.slice('data:text/javascript,'.length))
    const source = new URL('./fixtures/program.ts', import.meta.url).href
    expect(code).toMatch(/^import \{ register \} from "file:.*\/tsx\/.*\.mjs"; register\(\); await import\(/)
    expect(code).toContain(`await import(${JSON.stringify(source)})`)
  })
})

describe('what is opened on demand', () => {
  it('is a log of its level, and no tracing where nothing is traced', async () => {
    for (const format of ['json', 'pretty', 'auto'] as const)
      expect((await openLog('fatal', format)).level).toBe('fatal')
    expect(await openTracing(false, 'api', () => undefined)).toBeUndefined()
  })
})
