import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Chore } from '../../../src/jobs/queue/chores.ts'
import { urlFault } from '../../../src/jobs/webhooks/rules.ts'
import { send, signedHeaders } from '../../../src/jobs/webhooks/send.ts'
import { guardedLookup } from '../../../src/runtime/addresses.ts'
import { lookUp } from '../../helpers/look-up.ts'
import { failing, fixture, order, webhookSettings } from '../fixture.ts'

/** Somebody who is told: keeps what came, and answers what a test wants. */
async function receiver(answer: { status: number; silent?: boolean; location?: string } = { status: 204 }) {
  const came: { headers: IncomingHttpHeaders; body: string; path: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    came.push({ headers: request.headers, body, path: request.url ?? '' })
    if (answer.silent) return
    if (answer.location) response.setHeader('location', answer.location)
    response.writeHead(answer.status).end('x'.repeat(200_000))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { came, answer, port, url: `http://127.0.0.1:${port}/hook?token=hidden` }
}

async function ordered(url: string) {
  const parts = await fixture()
  const job = await parts.submit({ ...order, webhook: { url } })
  /** The chore that the queue hands to its worker. */
  const chore = (attempt = 1, last = false): Chore => {
    const [added] = [...parts.queue.chores.added.values()].slice(-1)
    return { id: added?.id ?? '', data: added?.data ?? {}, attempt, last, due: null }
  }
  return { ...parts, job, chore }
}

describe('a webhook', () => {
  it('tells of a job that has completed, signed, with the job as it is answered', async () => {
    const { came, url } = await receiver()
    const { job, attempt, webhooks, queue, chore, jobs, store } = await ordered(url)
    expect(job.webhook).toEqual({
      url: url.replace('?token=hidden', ''),
      state: 'pending',
      attempts: 0,
      status: null,
      error: null,
      at: null,
    })
    await webhooks.align()
    expect(queue.chores.added.size, 'it has not ended').toBe(0)
    await attempt(job.id)
    await webhooks.ended(job.id)
    await webhooks.ended(job.id)
    expect(queue.chores.added.size).toBe(1)
    const told: unknown[] = []
    await webhooks.run(chore(), webhookSettings, async ({ id, state, model, version }) => {
      told.push({ id, state, model, version, came: came.length })
    })
    expect(told).toEqual([{ id: job.id, state: 'completed', model: job.model, version: 1, came: 0 }])
    const [{ headers, body, path } = { headers: {}, body: '', path: '' }] = came
    expect(path).toBe('/hook?token=hidden')
    const id = headers['webhook-id']
    const seconds = headers['webhook-timestamp']
    expect(id).toBe(`job_${job.id}_1`)
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60)
    const signature = createHmac('sha256', webhookSettings.key)
      .update(`${id}.${seconds}.${body}`)
      .digest('base64')
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-signature': `v1,${signature}`,
    })
    const { data, ...about } = JSON.parse(body)
    const answered = await jobs.get(job.id)
    expect(about).toEqual({ type: 'job.completed', timestamp: answered.finishedAt })
    expect(data).toEqual({ ...answered, webhook: { ...job.webhook, attempts: 1 } })
    expect(answered.webhook).toMatchObject({ state: 'delivered', attempts: 1, status: 204, error: null })
    expect(JSON.stringify([answered, body])).not.toContain('hidden')
    // A second process that was given the same chore sends nothing more.
    await webhooks.run(chore(2), webhookSettings)
    expect(came).toHaveLength(1)
    expect(await store.children('webhooks/')).toEqual([])
  })

  it('is tried again while the receiver is in trouble, and says how that goes', async () => {
    const hook = await receiver({ status: 503 })
    const { job, attempt, webhooks, queue, chore, jobs } = await ordered(hook.url)
    await attempt(job.id, failing('loss-not-finite'))
    await webhooks.align()
    await expect(webhooks.run(chore(1), webhookSettings)).rejects.toThrow('The receiver answered 503.')
    const id = [...queue.chores.added.keys()][0] ?? ''
    queue.chores.states.set(id, { state: 'waiting', failures: 1, reason: 'The receiver answered 503.' })
    expect((await jobs.get(job.id)).webhook).toMatchObject({
      state: 'pending',
      attempts: 1,
      error: 'The receiver answered 503.',
      at: null,
    })
    hook.answer.status = 200
    await webhooks.run(chore(2), webhookSettings)
    expect((await jobs.get(job.id)).webhook).toMatchObject({ state: 'delivered', attempts: 2, status: 200 })
    const types = hook.came.map(({ body, headers }) => [JSON.parse(body).type, headers['webhook-id']])
    expect(types).toEqual([
      ['job.failed', `job_${job.id}_1`],
      ['job.failed', `job_${job.id}_1`],
    ])
  })

  it('is given up after its last attempt, or where the receiver wants no more', async () => {
    for (const [status, last] of [
      [500, true],
      [410, false],
    ] as const) {
      const { url } = await receiver({ status })
      const { job, attempt, webhooks, chore, jobs, store } = await ordered(url)
      await attempt(job.id)
      await webhooks.align()
      await webhooks.run(chore(7, last), webhookSettings)
      const error = `The receiver answered ${status}.`
      expect((await jobs.get(job.id)).webhook).toMatchObject({ state: 'failed', attempts: 7, status, error })
      expect(await store.children('webhooks/')).toEqual([])
    }
  })

  it('tells of a job that was cancelled, and of each round of one that is tried again', async () => {
    const { came, url } = await receiver()
    const { job, jobs, webhooks, queue, chore, attempt } = await ordered(url)
    await jobs.cancel(job.id, null)
    await webhooks.run(chore(), webhookSettings)
    await jobs.retry(job.id, null)
    expect((await jobs.get(job.id)).webhook).toMatchObject({ state: 'pending', attempts: 0 })
    await attempt(job.id)
    await webhooks.align()
    expect(queue.chores.added.size).toBe(2)
    await webhooks.run(chore(), webhookSettings)
    expect(came.map(({ body }) => JSON.parse(body).type)).toEqual(['job.cancelled', 'job.completed'])
    expect(came.map(({ headers }) => headers['webhook-id'])).toEqual([`job_${job.id}_1`, `job_${job.id}_2`])
  })

  it('may be of a retrain too, beside its priority and limits', async () => {
    const { url } = await receiver()
    const { job, attempt, jobs } = await ordered(url)
    await attempt(job.id)
    const again = await jobs.retrain(
      'm',
      { force: true, priority: 7, limits: { seconds: 60 }, webhook: { url } },
      null,
    )
    expect(again).toMatchObject({ priority: 7, limits: { seconds: 60 }, webhook: { state: 'pending' } })
    expect(again.id).not.toBe(job.id)
    const refused = jobs.retrain('m', { webhook: { url: 'http://10.0.0.1/' } }, null)
    await expect(refused).rejects.toMatchObject({ problems: [{ path: '/webhook/url' }] })
  })

  it('is set on its way again where the queue has lost it', async () => {
    const { url } = await receiver()
    const { job, attempt, webhooks, queue } = await ordered(url)
    await attempt(job.id)
    await webhooks.ended(job.id)
    queue.chores.added.clear()
    await webhooks.align()
    expect(queue.chores.added.size).toBe(1)
  })

  it('is told of the job when its last part has ended, and of no job without one', async () => {
    const { url } = await receiver()
    const { submit, records, queue, webhooks, attempt } = await fixture()
    const folds = { ...order, recipe: { ...order.recipe, validation: { kFold: 2 } } }
    const { id } = await submit({ ...folds, webhook: { url } })
    const [part = ''] = (await records.find(id))?.children ?? []
    await attempt(part, failing('loss-not-finite'))
    await webhooks.ended(part)
    expect([...queue.chores.added.keys()]).toEqual([`webhook.${id}.1`])
    queue.chores.added.clear()
    const silent = await submit(order)
    await attempt(silent.id)
    await webhooks.ended(silent.id)
    await webhooks.ended('019a0000-0000-7000-8000-000000000001')
    expect(queue.chores.added.size).toBe(0)
    const record = await records.find(silent.id)
    expect(record && (await webhooks.viewOf(record))).toBeNull()
  })

  it('is called for no job that is unknown, has none, or has not ended', async () => {
    const { came, url } = await receiver()
    const { submit, webhooks, store, attempt } = await fixture()
    const silent = await submit(order)
    await attempt(silent.id)
    const open = await submit({ ...order, force: true, webhook: { url } })
    for (const job of ['019a0000-0000-7000-8000-000000000001', silent.id, open.id]) {
      const data = { kind: 'webhook', job, round: 1 }
      await webhooks.run({ id: 'x', data, attempt: 1, last: true, due: null }, webhookSettings)
      expect(await store.has(`jobs/${job}/webhook.json`)).toBe(false)
    }
    expect(came).toEqual([])
  })

  it('is forgotten where it was called, or the order refused, although the note of it stayed', async () => {
    const { url } = await receiver()
    const { job, attempt, webhooks, queue, chore, store, submit } = await ordered(url)
    await attempt(job.id)
    await webhooks.ended(job.id)
    await webhooks.run(chore(), webhookSettings)
    queue.away = true
    await submit({ ...order, force: true, webhook: { url } }).catch(() => {})
    const ids = await store.children('jobs/')
    const refused = ids.find((id) => id !== job.id) ?? ''
    expect(ids).toHaveLength(2)
    queue.chores.added.clear()
    for (const id of ids) await store.create(`webhooks/${id}.1`, '')
    const data = { kind: 'webhook', job: refused, round: 1 }
    await webhooks.run({ id: 'x', data, attempt: 1, last: true, due: null }, webhookSettings)
    expect(await store.has(`jobs/${refused}/webhook.json`)).toBe(false)
    await webhooks.align()
    expect(queue.chores.added.size).toBe(0)
    expect(await store.children('webhooks/')).toEqual([])
  })

  it('follows no redirect', async () => {
    const inside = await receiver()
    const { url } = await receiver({ status: 302, location: inside.url })
    expect(await send(url, { id: 'a', body: '{}' }, webhookSettings)).toEqual({
      status: 302,
      error: 'The receiver answered 302.',
      again: true,
    })
    expect(inside.came).toEqual([])
  })

  it('says without an address that nobody is there', async () => {
    const { port } = await receiver()
    const nobody = await send(
      `http://127.0.0.1:${port === 1 ? 2 : 1}/`,
      { id: 'a', body: '{}' },
      webhookSettings,
    )
    expect(nobody).toMatchObject({ status: null, error: 'The receiver cannot be reached (ECONNREFUSED).' })
  })

  it('is not waited for for ever', async () => {
    const { url } = await receiver({ status: 200, silent: true })
    const { error, again } = await send(url, { id: 'a', body: '{}' }, webhookSettings, 500)
    expect([error, again]).toEqual(['The receiver did not answer within 0.5 s.', true])
  })

  it('is signed as the specification has it', () => {
    // The example of standard-webhooks: its secret, id, time and body.
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }
    expect(signedHeaders(message, key, 1614265330)['webhook-signature']).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    )
  })
})

describe('the address of a webhook', () => {
  const settings = { key: webhookSettings.key, hosts: [] }

  it.each([
    'ftp://example.com/',
    'javascript:alert(1)',
    'nothing',
    'https://user:word@example.com/',
    'https://user@example.com/',
    'https://:word@example.com/',
    'http://127.0.0.1/',
    'http://localhost:3000/',
    'http://x.localhost./',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[64:ff9b::7f00:1]/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.100.100.200/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
  ])('%s is refused, and not called', async (url) => {
    expect(urlFault(url, settings)).toBeDefined()
    expect(await send(url, { id: 'a', body: '{}' }, settings)).toMatchObject({ status: null, again: false })
  })

  it('is tried again by a process that has the secret, where one without it was asked', async () => {
    const told = await send('https://example.com/', { id: 'a', body: '{}' }, { ...settings, key: null })
    expect(told).toMatchObject({
      status: null,
      again: true,
      error: expect.stringContaining('WEBHOOK_SECRET'),
    })
  })

  it('is refused with the order that has it', async () => {
    const { submit, queue, store } = await fixture()
    const refused = submit({ ...order, webhook: { url: 'http://10.1.2.3/' } })
    await expect(refused).rejects.toMatchObject({ code: 'invalid-job', problems: [{ path: '/webhook/url' }] })
    expect([queue.jobs.size, await store.children('webhooks/')]).toEqual([0, []])
  })

  it.each(['https://example.com/hook?a=b', 'http://8.8.8.8:8080/', 'https://[2606:4700::1111]/'])(
    '%s is taken',
    (url) => {
      expect(urlFault(url, settings)).toBeUndefined()
      expect(urlFault(url, { ...settings, key: null })).toContain('WEBHOOK_SECRET')
    },
  )

  it('may be private where the service says so', () => {
    const hosts = ['hooks.local', '*.inside.example', '10.0.0.1', '::1']
    const allowed = { ...settings, hosts }
    for (const url of ['http://10.0.0.1/', 'http://[::1]/']) expect(urlFault(url, allowed)).toBeUndefined()
    expect(urlFault('http://10.0.0.2/', allowed)).toBeDefined()
    expect(urlFault('http://127.0.0.1/', { ...settings, hosts: ['*'] })).toBeUndefined()
  })

  it.each([
    ['*.inside.example', 'http://a.inside.example.', true],
    ['*.inside.example', 'http://A.B.Inside.Example:8080', true],
    ['*.inside.example', 'http://inside.example', false],
    ['*.inside.example', 'http://not-inside.example', false],
    ['*.inside.example', 'http://a.inside.example.evil.example', false],
    ['*.localhost', 'http://a.localhost', true],
    ['*.localhost', 'http://localhost', false],
    ['hooks.localhost', 'http://HOOKS.localhost./', true],
    ['HOOKS.localhost.', 'http://hooks.localhost/', true],
    ['hooks.localhost', 'http://more.hooks.localhost', false],
    ['hooks.localhost', 'http://x-hooks.localhost', false],
    ['[::1]', 'http://[::1]', true],
    ['::1', 'http://[0:0::1]', true],
    ['10.0.0.1', 'http://10.0.0.11', false],
    ['*', 'http://10.0.0.1', true],
    ['*.0.0.1', 'http://10.0.0.1', true],
  ])('with WEBHOOK_HOSTS of %s, and of %s: allowed: %s', async (host, url, allowed) => {
    // The names of `example` are public until they are looked up, so that only the look-up can refuse them.
    const { hostname } = new URL(url)
    const hosts = ['other.example', host]
    if (!hostname.includes('example'))
      expect(urlFault(url, { ...settings, hosts })).toEqual(
        allowed ? undefined : expect.stringContaining('WEBHOOK_HOSTS'),
      )
    else expect(urlFault(url, { ...settings, hosts })).toBeUndefined()
    const { error, addresses } = await lookUp(hostname, hosts, ['8.8.8.8', '10.0.0.1'])
    expect(addresses).toEqual(['8.8.8.8', '10.0.0.1'])
    expect(error?.name).toBe(allowed ? undefined : 'PrivateAddress')
  })

  it('is looked at when the name is known, not before', async () => {
    const { port, came } = await receiver()
    // Every machine knows this name, and it is 127.0.0.1 or ::1.
    const url = `http://localhost:${port}/`
    const told = await send(url, { id: 'a', body: '{}' }, { ...settings, hosts: ['localhost'] })
    expect(told.error).toBeNull()
    expect(came).toHaveLength(1)
    const refused = await new Promise((resolve) =>
      guardedLookup([])('localhost', { all: true }, (error) => resolve(error)),
    )
    expect(refused).toMatchObject({ name: 'PrivateAddress' })
  })
})
