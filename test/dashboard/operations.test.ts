import { beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../system/harness.ts'
import { expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'
import { startWithExamples } from './examples.ts'
import { KEYS, signIn } from './keys.ts'

const name = skipsBrowser ? 'operations, which need Chromium' : 'operations'

describe.skipIf(skipsBrowser)(name, () => {
  let service: Service
  beforeAll(async () => {
    service = await startWithExamples()
  }, 480_000)

  it('shows predictions by model, the job that a worker runs, and changes by key and model', {
    timeout: 240_000,
  }, async () => {
    for (let i = 0; i < 20; i += 1)
      await service.post('/predict', { model: 'reviews', text: `a fine film ${i}` })
    const recipe = { layers: [{ units: 4 }], epochs: 1_000_000, validation: { split: 0.2 } }
    const job = await service.submit({ model: 'endless', dataset: 'houses', recipe })
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/operations`)
    await signIn(page, KEYS.admin)
    const traffic = page.getByRole('region', { name: 'Predictions' }).first()
    const row = traffic.getByRole('row', { name: /^reviews/ })
    await row.getByRole('cell', { name: '20', exact: true }).waitFor()
    await expect.poll(() => row.textContent()).toMatch(/\d ms\s*\d[\d.]* ms/)
    const workers = page.getByRole('region', { name: 'Workers and queue' })
    await workers.getByRole('link', { name: 'endless' }).waitFor()
    await workers.getByText(`:${service.pid}`).waitFor()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await service.request(`/jobs/${job.id}`, { method: 'DELETE' })

    const changes = page.getByRole('region', { name: 'Changes' }).first()
    const fill = async (label: string, text: string) => {
      const field = changes.getByRole('textbox', { name: label })
      await field.fill(text)
      await field.press('Enter')
      await field.blur()
    }
    await changes.getByRole('cell', { name: 'uploadDataset' }).first().waitFor()
    await fill('Model', 'houses')
    await changes.getByRole('cell', { name: 'uploadDataset' }).first().waitFor({ state: 'detached' })
    await changes.getByRole('cell', { name: 'submitJob' }).waitFor()
    await fill('What', 'rollback')
    await changes.getByText('There are no such changes.').waitFor()
    await fill('What', '')
    await fill('Model', '')
    await changes.getByRole('cell', { name: 'uploadDataset' }).first().waitFor()
    await fill('Key', 'nobody')
    await changes.getByText('There are no such changes.').waitFor()
    expect(faults).toEqual([])
  })
})
