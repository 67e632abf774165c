import { beforeAll, describe, expect, it } from 'vitest'
import { type Service, start } from '../system/harness.ts'
import { expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'

const name = skipsBrowser ? 'the page, which needs Chromium' : 'the page'

describe.skipIf(skipsBrowser)(name, () => {
  let service: Service
  beforeAll(async () => {
    service = await start()
  })

  it('comes compressed, once, and under a policy that allows nothing but its own files', async () => {
    const page = await service.request('/', { headers: { accept: 'text/html', 'accept-encoding': 'br' } })
    expect(page.headers.get('content-encoding')).toBe('br')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toContain('unsafe')
    const [script] = /assets\/[\w-]+\.js/.exec(String(page.body)) ?? []
    const asset = await service.request(`/${script}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(asset.headers.get('content-encoding')).toBe('gzip')
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await service.request('/assets/none.js')).status).toBe(404)
  })

  it('trains both examples by one click, from nothing', { timeout: 600_000 }, async () => {
    // A service of its own, so that a second try finds nothing either.
    const empty = await start()
    const { page, faults } = await openTab(empty.url)
    let bytes = 0
    page.on('response', async (response) => {
      if (/\.(js|css)$/.test(response.url())) bytes += Number(response.headers()['content-length'])
    })
    await page.goto(empty.url)
    await page.getByRole('heading', { name: 'Train your first model' }).waitFor()
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(100_000)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Train on the examples' }).click()
    await page.getByRole('heading', { name: 'Running jobs' }).waitFor()
    for (const model of ['reviews', 'houses'])
      await page.getByRole('heading', { name: model }).waitFor({ timeout: 480_000 })
    await page.getByText('accuracy').waitFor()
    await page.getByText('mean absolute error').waitFor()
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('speaks Korean to a Korean browser and on request, and fits a narrow window', async () => {
    const { page, faults } = await openTab(service.url, {
      locale: 'ko-KR',
      viewport: { width: 360, height: 740 },
    })
    await page.goto(service.url)
    await page.getByRole('heading', { level: 1, name: '모델' }).waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('ko')
    await expectNoSidewaysScroll(page)
    await page.getByRole('combobox', { name: '언어' }).selectOption('en')
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
    expect(faults).toEqual([])
  })
})
