import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../system/harness.ts'
import { expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'
import { startWithExamples } from './examples.ts'
import { KEYS, signIn } from './keys.ts'

const JOB_MS = 180_000

/** Presses what saves a file, and returns its content. */
async function savedBy(page: Page, press: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return readFile(await download.path(), 'utf8')
}

describe.skipIf(skipsBrowser)('the page that asks a model', () => {
  let service: Service
  beforeAll(async () => {
    service = await startWithExamples()
  })

  it('colours the words of a text by what they add, and shows how they sum up', async () => {
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/models/reviews/try`)
    await signIn(page, KEYS.predict)
    await page.getByRole('textbox', { name: 'Text' }).fill('A wonderful film, blorbax, but boring.')
    const why = page.getByRole('region', { name: 'Why or why not pos' })
    await why.locator('.marked .for', { hasText: 'wonderful' }).waitFor()
    await why.locator('.marked .against', { hasText: 'boring' }).waitFor()
    await page.getByText('The model knows no term with 1 of 6 words.').waitFor()
    const { body } = await service.post('/predict', {
      model: 'reviews',
      text: 'A wonderful film, blorbax, but boring.',
      explain: true,
    })
    const { explained, explanation } = Object(body)
    const sum = why.getByText('Sum', { exact: true }).locator('../..').getByRole('definition')
    expect(Number(await sum.textContent())).toBeCloseTo(explained.output, 2)
    const bars = why.getByRole('list', { name: 'Contributions' }).getByRole('listitem')
    expect(await bars.first().textContent()).toContain(explanation[0].term)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await page.getByLabel('Explain the answer').uncheck()
    await why.waitFor({ state: 'detached' })
    expect(faults).toEqual([])
  })

  it('shows what each column adds to a value, and an interval around it', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/houses/try`)
    await signIn(page, KEYS.predict)
    await page.getByRole('spinbutton', { name: 'median_income' }).fill('14')
    const why = page.getByRole('region', { name: 'Why this answer' })
    await why.getByText('median_income = 14').waitFor()
    await page.getByLabel('Interval around the value').selectOption({ label: 'holds 90% of true values' })
    await page.getByText(/ to .* in 90% of such rows/).waitFor()
    await page.getByText('upper end of the interval').first().waitFor()
    await page.getByRole('spinbutton', { name: 'median_income' }).fill('99')
    await page.locator('.notice.warn', { hasText: 'median_income' }).waitFor()
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('answers a file of rows, and gives it back with the answers', { timeout: JOB_MS }, async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews/try`)
    await signIn(page, KEYS.train)
    await page.getByText('Answer a file of rows').click()
    const rows = 'number,text\n1,wonderful\n2,boring\n3,wonderful\n4,boring\n'
    const file = { name: 'my rows.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) }
    await page.getByLabel('Drop a file of rows here').setInputFiles(file)
    const save = page.getByRole('button', { name: 'Save the answers' })
    await save.waitFor({ timeout: JOB_MS })
    const lines = (await savedBy(page, () => save.click())).trim().split('\n')
    expect(lines[0]).toMatch(/^number,text,predicted_label,/)
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 3).join(' '))).toEqual([
      '1 wonderful pos',
      '2 boring neg',
      '3 wonderful pos',
      '4 boring neg',
    ])
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('says which columns a file of rows lacks', async () => {
    const { page } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/houses/try`)
    await signIn(page, KEYS.train)
    await page.getByText('Answer a file of rows').click()
    const file = { name: 'short.csv', mimeType: 'text/csv', buffer: Buffer.from('longitude\n1\n2\n') }
    await page.getByLabel('Drop a file of rows here').setInputFiles(file)
    await page.getByRole('alert').getByText('latitude').first().waitFor()
  })

  it('answers lines of JSON, and CSV, with a key for predictions', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews/try`)
    await signIn(page, KEYS.predict)
    await page.getByText('Answer a file of rows').click()
    const buffer = Buffer.from('{"text":"wonderful"}\n{"text":"boring"}\n')
    const file = { name: 'lines.ndjson', mimeType: 'application/x-ndjson', buffer }
    const field = page.getByLabel('Drop a file of CSV or JSON lines here')
    const answers = (await savedBy(page, () => field.setInputFiles(file))).trim().split('\n')
    expect(answers.map((line) => JSON.parse(line).label)).toEqual(['pos', 'neg'])
    const csv = { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from('text\nboring\nwonderful\n') }
    const table = (await savedBy(page, () => field.setInputFiles(csv))).trim().split('\n')
    const place = table[0]?.split(',').indexOf('label') ?? -1
    expect(table.slice(1).map((line) => line.split(',')[place])).toEqual(['neg', 'pos'])
    expect(faults).toEqual([])
  })
})
