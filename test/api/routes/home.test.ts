import { expect, it, onTestFinished } from 'vitest'
import { asker } from '../ask.ts'
import { stubApp } from '../stubs.ts'

async function asking() {
  const app = await stubApp()
  onTestFinished(() => app.close())
  return asker(app)
}

it('/ is the page for a browser, which may keep it only to ask again, and runs nothing but its own files', async () => {
  const ask = await asking()
  for (const accept of ['text/html', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8']) {
    const { status, headers, text } = await ask({ url: '/', headers: { accept } })
    expect(status).toBe(200)
    expect(text).toMatch(/^<!doctype html>/i)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept, accept-encoding',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    })
  }
})

it('/ names the service for whoever asks for no page', async () => {
  const ask = await asking()
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
    const answer = await ask({ url: '/', headers })
    expect(answer.body).toEqual({
      name: 'fitserve',
      version: '0.0.0-test',
      docs: '/docs',
      openapi: '/openapi.json',
    })
    expect(answer.headers['vary']).toBe('accept, accept-encoding')
  }
})

it('the files of the page are kept for a year, as their names change with their content', async () => {
  const ask = await asking()
  const { text } = await ask({ url: '/', headers: { accept: 'text/html' } })
  const [script = ''] = /\/assets\/[\w-]+\.js/.exec(text) ?? []
  const { status, headers } = await ask({ url: script, headers: { 'accept-encoding': 'br' } })
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'br',
    vary: 'accept-encoding',
  })
  expect((await ask('/assets/none.js')).status).toBe(404)
})
