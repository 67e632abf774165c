import { beforeAll, describe, expect, it } from 'vitest'
import { type Service, start } from '../system/harness.ts'
import { openTab, skipsBrowser, type Tab } from './browser.ts'

describe.skipIf(skipsBrowser)('the page of the documentation', () => {
  let service: Service
  beforeAll(async () => {
    service = await start()
  })

  /** Opens an operation, sends what it shows first, and returns the status of the answer. */
  const sendFirst = async ({ page }: Tab, tag: string, operation: string) => {
    await page.goto(`${service.url}/docs#/${tag}/${operation}`)
    // Another place of the same page loads nothing by itself.
    await page.reload()
    const block = page.locator('.opblock.is-open')
    await block.getByRole('button', { name: 'Execute' }).click()
    return block.locator('.live-responses-table .response-col_status').nth(1).textContent()
  }

  it('has examples that work as they are, from the upload to the prediction', async () => {
    const tab = await openTab(service.url)
    expect(await sendFirst(tab, 'data%20sets', 'uploadDataset')).toContain('201')
    expect(await sendFirst(tab, 'jobs', 'checkJob')).toContain('200')
    expect(await sendFirst(tab, 'jobs', 'submitJob')).toContain('202')
    const { body } = await service.request('/jobs')
    const { items } = body as { items: { id: string }[] }
    await service.finished(items[0]?.id ?? '')
    expect(await sendFirst(tab, 'prediction', 'predict')).toContain('200')
    expect(tab.faults).toEqual([])
  }, 300_000)

  it('shows the orders of the document that is published', async () => {
    const ordersOf = async (path: string) => {
      const { paths } = (await service.request(path)).body as { paths: Record<string, { post: unknown }> }
      return paths['/jobs']?.post
    }
    expect(await ordersOf('/docs/json')).toEqual(await ordersOf('/openapi.json'))
  })
})
