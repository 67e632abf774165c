import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Service } from '../system/harness.ts'
import { confirm, expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'
import { startWithExamples } from './examples.ts'
import { KEYS, signIn } from './keys.ts'

/** Milliseconds that an explanation may take on a busy machine. */
const EXPLAINED_MS = 300_000

const Rows = z.object({
  total: z.number(),
  items: z.array(z.object({ row: z.number(), actual: z.number(), features: z.looseObject({}) })),
})

const Threshold = z.object({ threshold: z.number() })
const Evaluated = z.object({ thresholds: z.object({ bestF1: Threshold }) })
const Signature = z.object({ output: Threshold })

describe.skipIf(skipsBrowser)('the page of a model', () => {
  let service: Service
  beforeAll(async () => {
    service = await startWithExamples()
  })

  it('shows the rows of a cell, and labels that may be wrong', async () => {
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/models/reviews`)
    await signIn(page, KEYS.train)
    const matrix = page.getByRole('region', { name: 'Confusion matrix', exact: true })
    const cell = matrix.getByRole('button', { name: 'rows of neg that are answered neg' })
    await cell.focus()
    await page.keyboard.press('Enter')
    const rows = matrix.getByRole('region', { name: 'Table: Rows of neg that are answered neg' })
    await rows.getByRole('row').nth(5).waitFor()
    for (const row of (await rows.getByRole('row').all()).slice(1))
      expect((await row.getByRole('cell').allTextContents()).slice(1, 3).map((text) => text.trim())).toEqual([
        'neg',
        'neg',
      ])
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await page.getByRole('tab', { name: 'Rows' }).click()
    await page.getByLabel('Rows that it held out').selectOption({ label: 'labels that are probably wrong' })
    await page.getByText(/some \d+ labels are probably wrong/).waitFor()
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('lets who may train describe a model and a version, and shows that everywhere', async () => {
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/models/houses`)
    await signIn(page, KEYS.train)
    await page.getByRole('button', { name: 'Describe this model' }).click()
    await page.getByRole('textbox', { name: 'Description' }).fill('Prices of houses,\nby district.')
    await page.getByRole('textbox', { name: 'Tags' }).fill('team: sales\ntwo words')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('/tags/two words', { exact: true }).waitFor()
    await page.getByRole('textbox', { name: 'Tags' }).fill(`team: sales\nlong: ${'x'.repeat(200)}`)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('by district.').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'team: sales' }).waitFor()
    await page.getByRole('button', { name: 'Describe version 1' }).click()
    await page.getByRole('textbox', { name: 'Tags' }).fill('best')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Versions' }).getByRole('listitem').getByText('best').waitFor()
    await page.getByText('Described · version 1').waitFor()
    await page.getByText('Described · the model').waitFor()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await page.goto(`${service.url}/#/`)
    const card = page.getByRole('article').filter({ has: page.getByRole('link', { name: 'houses' }) })
    await card.getByText('by district.').waitFor()
    await card.getByRole('listitem').getByText('team: sales').waitFor()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    // The browser reports the answer to a key that is none.
    expect(faults.filter((fault) => !fault.includes('/models/houses/description'))).toEqual([])
  })

  it('shows what a threshold does, publishes a version with it, and tells the call', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews`)
    await signIn(page, KEYS.train)
    const threshold = page.getByRole('region', { name: 'Threshold', exact: true })
    const recall = () => threshold.getByText('recall').locator('..').locator('.big').textContent()
    await threshold.getByRole('slider').fill('0.01')
    await expect.poll(recall).toBe('100%')
    await threshold.getByRole('slider').fill('0.9')
    await expect.poll(recall).not.toBe('100%')
    await threshold.getByRole('button', { name: 'Publish with this threshold' }).click()
    await threshold.getByText('answers pos from a probability of 90%').waitFor()
    await threshold.getByRole('button', { name: 'Publish with this threshold' }).click()
    await page.getByRole('heading', { name: 'version 2' }).waitFor()
    expect((await service.model('reviews')).aliases).toEqual({ production: 2 })
    // The next version starts from its own threshold, and the best one is published as it is.
    await expect.poll(() => threshold.getByRole('slider').inputValue()).toBe('0.9')
    await threshold.getByText('This version answers it from 90%.').waitFor()
    await threshold.getByRole('button', { name: 'Where F1 is best' }).click()
    await confirm(threshold, 'Publish with this threshold')
    await page.getByRole('heading', { name: 'version 3' }).waitFor()
    const asked = async (of: string) => (await service.request(`/models/reviews/versions/${of}`)).body
    const { bestF1 } = Evaluated.parse(await asked('2/evaluation')).thresholds
    expect(Signature.parse(await asked('3/signature')).output.threshold).toBe(bestF1.threshold)
    await page.getByText('What this page has asked the service').click()
    await page.getByText('POST /models/reviews/versions/1/threshold').click()
    await page.getByText(`curl '${service.url}/models/reviews/versions/1/threshold'`).waitFor()
    await page.getByText('-H "Authorization: Bearer $KEY"').waitFor()
    await page.getByText('GET /models/reviews', { exact: false }).first().waitFor({ state: 'detached' })
    await page.getByRole('checkbox', { name: 'Also calls that only read' }).check()
    await page.getByText('GET /models/reviews/log').first().waitFor()
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    expect(faults).toEqual([])
  })

  it('shows no rows to a key for predictions', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews`)
    await signIn(page, KEYS.predict)
    const matrix = page.getByRole('region', { name: 'Confusion matrix', exact: true })
    await matrix.getByRole('cell').nth(3).waitFor()
    expect(await matrix.getByRole('button').count()).toBe(0)
    await page.getByRole('tab', { name: 'Rows' }).click()
    await page.getByText('Rows needs a key with the role train').waitFor()
    expect(faults).toEqual([])
  })

  it('shows the rows behind a point of true and answered values', async () => {
    const worst = await service.request('/models/houses/versions/1/rows?kind=worst&limit=1')
    const [row] = Rows.parse(worst.body).items
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/houses`)
    await signIn(page, KEYS.train)
    const points = page.getByRole('region', { name: 'True and answered values' })
    await points.locator('svg').click({ position: { x: 100, y: 100 } })
    await points.getByRole('row').nth(10).waitFor()
    expect(Number(await points.getByLabel('truth', { exact: true }).inputValue())).toBeGreaterThan(0)
    await points.getByLabel('truth', { exact: true }).fill(String(row?.actual))
    await points.getByLabel('answered', { exact: true }).fill('0')
    await points.getByRole('button', { name: 'Show rows' }).click()
    await points.locator('.chosen').waitFor()
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('explains a version when it is asked to', { timeout: EXPLAINED_MS }, async () => {
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/models/houses`)
    await signIn(page, KEYS.predict)
    await page.getByRole('tab', { name: 'Explanation' }).click()
    await page.getByText('Measured on 600 rows').waitFor({ timeout: EXPLAINED_MS })
    await page.getByRole('list', { name: 'Importance of columns' }).getByText('median_income').waitFor()
    const column = page
      .getByRole('region', { name: 'The answer by the values of a column' })
      .getByRole('combobox')
    await column.selectOption({ label: 'median_income' })
    await page.locator('canvas').waitFor()
    await column.selectOption({ label: 'ocean_proximity' })
    await page.getByRole('list', { name: 'mean answer' }).getByText('INLAND').waitFor()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await page.goto(`${service.url}/#/models/reviews`)
    await page.getByRole('tab', { name: 'Explanation' }).click()
    await page.getByRole('list', { name: 'Terms that speak for pos' }).waitFor({ timeout: EXPLAINED_MS })
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('sorts versions by a metric, and reads a curve out under the pointer', async () => {
    for (const threshold of [0.001, 0.999])
      await service.request('/models/reviews/versions/1/threshold', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ threshold, promote: 'never' }),
      })
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews`)
    await signIn(page, KEYS.train)
    const table = page.getByRole('region', { name: 'Table: Versions' })
    const recalls = async () =>
      (await table.locator('tbody tr td:nth-child(4)').allTextContents()).map((text) =>
        Number.parseFloat(text),
      )
    await table.getByRole('row').nth(3).waitFor()
    const asMade = await recalls()
    const rising = asMade.toSorted((a, b) => a - b)
    expect(new Set(asMade).size).toBeGreaterThan(1)
    const recall = table.getByRole('columnheader', { name: 'recall' })
    const all = await table.getByRole('row').count()
    const find = page.getByRole('searchbox', { name: 'Find versions' })
    await find.fill('threshold > 0.9')
    await find.press('Enter')
    await expect.poll(() => table.getByRole('row').count()).toBeLessThan(all)
    await find.fill('threshold = 7')
    await find.press('Enter')
    await page.getByText('No version meets these conditions.').waitFor()
    await find.fill('threshold')
    await find.press('Enter')
    await page.getByText('"threshold" is no condition.').first().waitFor()
    await expectAccessible(page)
    await find.fill('')
    await find.press('Enter')
    await expect.poll(() => recalls()).toEqual(asMade)
    await recall.getByRole('button').click()
    await expect.poll(recalls).toEqual(rising.toReversed())
    expect(await recall.getAttribute('aria-sort')).toBe('descending')
    await recall.getByRole('button').click()
    await expect.poll(recalls).toEqual(rising)
    await recall.getByRole('button').click()
    await expect.poll(recalls).toEqual(asMade)
    await page.getByRole('tab', { name: 'Curves' }).click()
    const chart = page.getByRole('figure').filter({ hasText: 'loss' }).first()
    await chart.getByText('Point at a curve for its values').waitFor()
    await chart.locator('.u-over').hover()
    await chart.getByText(/^Epoch \d+ · training [\d.]+ · validation [\d.]+/).waitFor()
    const saved = async (what: string) => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        chart.getByRole('button', { name: what }).click(),
      ])
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
    }
    const values = await saved('Save values')
    expect(values.name).toBe('loss.csv')
    expect(values.bytes.toString()).toMatch(/^Epoch,training,validation.*\r\n1,0\.\d+,0\.\d+/)
    const picture = await saved('Save picture')
    expect(picture.name).toBe('loss.png')
    expect(picture.bytes.subarray(1, 4).toString()).toBe('PNG')
    await expectAccessible(page)
    // The browser reports the answer to what is no condition.
    expect(faults.filter((fault) => !fault.includes('where=threshold'))).toEqual([])
  })
})
