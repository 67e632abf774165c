import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import type { JobEvent, JobView } from '../../src/jobs/contract.ts'
import { asker, problemOf } from './ask.ts'
import { listen, RawClient } from './connection.ts'
import { JOB, PROGRESS, stubApp } from './stubs.ts'

const URL = `/jobs/${JOB.id}/events`
const DONE: JobView = { ...JOB, state: 'completed', version: 1, finishedAt: '2026-01-01T00:01:00.000Z' }
const EVENTS: JobEvent[] = [
  { id: '1.fit.3', event: 'progress', data: PROGRESS },
  { id: 'end', event: 'completed', data: DONE },
]

const apps: App[] = []
const started = async (...given: Parameters<typeof stubApp>): Promise<App> => {
  const app = await stubApp(...given)
  apps.push(app)
  return app
}
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})
async function* given(events: JobEvent[]) {
  yield* events
}

describe('the events of a job', () => {
  it('are server-sent events: progress, then the job at its end, then no more', async () => {
    const app = await started({ jobs: { events: () => given(EVENTS) } })
    const { status, headers, text } = await asker(app)(URL)
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(headers['cache-control']).toBe('no-cache')
    expect(text).toBe(
      [
        'retry: 2000\n\n',
        `id: 1.fit.3\nevent: progress\ndata: ${JSON.stringify(PROGRESS)}\n\n`,
        `id: end\nevent: completed\ndata: ${JSON.stringify(DONE)}\n\n`,
      ].join(''),
    )
  })

  it('are not sent to who asks for the head alone, and nobody follows the job for it', async () => {
    const followed: string[] = []
    const events = (id: string) => {
      followed.push(id)
      return given(EVENTS)
    }
    const app = await started({ jobs: { events } })
    const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: URL })
    expect([statusCode, headers['content-type'], body]).toEqual([200, 'text/event-stream', ''])
    expect(followed).toEqual([])
  })

  it('are one frame each, whatever they contain', async () => {
    const odd = { ...DONE, warnings: [{ code: 'other' as const, message: 'a\n\ndata: {}\r\nevent: failed' }] }
    const events: JobEvent[] = [{ id: 'a\nb\r\0', event: 'completed', data: odd }]
    const { text } = await asker(await started({ jobs: { events: () => given(events) } }))(URL)
    const frames = text.split('\n\n').filter(Boolean)
    expect(frames).toHaveLength(2)
    const [id, event, data, ...more] = frames[1]?.split(/\r\n|\r|\n/) ?? []
    expect([id, event, more]).toEqual(['id: ab', 'event: completed', []])
    expect(JSON.parse(data?.slice(6) ?? '')).toEqual(odd)
  })

  it('begin after the Last-Event-ID', async () => {
    const asked: unknown[] = []
    const events = (_id: string, last: string | null) => {
      asked.push(last)
      return given([])
    }
    const ask = asker(await started({ jobs: { events } }))
    await ask(URL)
    await ask({ url: URL, headers: { 'last-event-id': '1.fit.3' } })
    await ask({ url: URL, headers: { 'last-event-id': 'x'.repeat(10_000) } })
    expect(asked).toEqual([null, '1.fit.3', 'x'.repeat(256)])
  })

  it('are over for a browser that reconnects after the last one', async () => {
    const ask = asker(await started({ jobs: { get: async () => DONE, events: () => given(EVENTS) } }))
    const back = await ask({ url: URL, headers: { 'last-event-id': 'end' } })
    expect([back.status, back.text]).toEqual([204, ''])
    expect((await ask(URL)).text).toContain('event: completed')
  })

  it('begin again for a browser that had the last one of a job that was retried since', async () => {
    const ask = asker(await started({ jobs: { events: () => given(EVENTS) } }))
    const back = await ask({ url: URL, headers: { 'last-event-id': 'end' } })
    expect([back.status, back.headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(back.text).toContain('event: progress')
  })

  it('are refused for an unknown job', async () => {
    const ask = asker(await started())
    problemOf(await ask('/jobs/none/events'), 404, 'unknown-job')
    problemOf(await ask(`${URL}?x=1`), 400, 'invalid-query')
  })

  it('end the stream without a reason if they fail', async () => {
    async function* events() {
      yield EVENTS[0] as JobEvent
      throw new Error('ECONNRESET /secret')
    }
    const { text } = await asker(await started({ jobs: { events } }))(URL)
    expect(text).toMatch(/event: progress\ndata: .*\n\n$/)
  })
})

describe('over a connection', () => {
  /** Events that never come; tells when they are given up. */
  function silent() {
    const state = { given: () => {}, ended: Promise.resolve() }
    state.ended = new Promise((done) => {
      state.given = done
    })
    async function* events(_id: string, _last: string | null, signal: AbortSignal) {
      yield EVENTS[0] as JobEvent
      await once(signal, 'abort')
      state.given()
    }
    return { events, ended: state.ended }
  }

  it('a comment is sent during silence', async () => {
    const app = await started({ jobs: { events: silent().events } }, { heartbeatMs: 20 })
    const client = new RawClient(await listen(app))
    client.send(`GET ${URL} HTTP/1.1`, 'Host: a', '', '')
    await client.until(/event: progress.*(: still here.*){3}/s)
    client.socket.destroy()
  })

  it('no comment is sent before its time to a client that closed nothing', async () => {
    const app = await started({ jobs: { events: silent().events } }, { heartbeatMs: 60_000 })
    const client = new RawClient(await listen(app))
    client.send(`GET ${URL} HTTP/1.1`, 'Host: a', '', '')
    await client.until('event: progress')
    // To one that closed its side there would be a comment after a second.
    await wait(1_200)
    expect(client.received).not.toContain('still here')
    client.socket.destroy()
  })

  it('a client that closes its side of the connection still gets events', async () => {
    const events = async function* () {
      yield* EVENTS.slice(0, 1)
      await wait(1_500)
      yield* EVENTS.slice(1)
    }
    const client = new RawClient(await listen(await started({ jobs: { events } })))
    client.socket.end(`GET ${URL} HTTP/1.1\r\nHost: a\r\n\r\n`)
    await client.closed
    expect(client.received).toMatch(/event: progress.*: still here.*event: completed.*0\r\n\r\n$/s)
  })

  it('a client that disconnects is forgotten', async () => {
    const { events, ended } = silent()
    const client = new RawClient(await listen(await started({ jobs: { events } })))
    client.send(`GET ${URL} HTTP/1.1`, 'Host: a', '', '')
    await client.until('event: progress')
    client.socket.destroy()
    await ended
  })

  it('need no more listeners of a response than Node takes for a leak', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const { events, ended } = silent()
    const client = new RawClient(await listen(await started({ maxConnections: 16, jobs: { events } })))
    client.send(`GET ${URL} HTTP/1.1`, 'Host: a', '', '')
    await client.until('event: progress')
    client.socket.destroy()
    await ended
    process.off('warning', onWarning)
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([])
  })

  it('a stop of the service ends the streams at once', async () => {
    const { events, ended } = silent()
    const app = await started({ jobs: { events } })
    const client = new RawClient(await listen(app))
    client.send(`GET ${URL} HTTP/1.1`, 'Host: a', '', '')
    await client.until('event: progress')
    await app.close()
    await Promise.all([ended, client.closed])
    expect(client.received).toMatch(/0\r\n\r\n$/)
  })
})
