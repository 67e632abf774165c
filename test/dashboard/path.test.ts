import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLES, type Service, start } from '../system/harness.ts'
import { confirm, expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'

const REVIEWS = join(EXAMPLES, 'reviews.csv')
/** Time limit of a job on a busy machine, in milliseconds. */
const JOB_MS = 180_000

async function upload(page: Page, url: string, name: string, buffer: Buffer): Promise<void> {
  await page.goto(`${url}/#/datasets`)
  await page.getByLabel('Drop a file here').setInputFiles({ name, mimeType: 'text/csv', buffer })
  await page.getByRole('button', { name: 'Upload' }).click()
}

/** Presses Tab until an element has the focus. @param element its tag and text, such as `BUTTON Train` */
async function reach(page: Page, element: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const focus = await page.evaluate(
      `(({ tagName, textContent }) => tagName + ' ' + textContent)(document.activeElement)`,
    )
    if (focus === element) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`"${element}" cannot be reached by Tab`)
}

/** Goes from a model to an answer by keyboard: one press leads to the box, and the answer follows the typing. */
async function askByKeyboard(page: Page): Promise<void> {
  await reach(page, 'A Try it')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Text' }).waitFor()
  await reach(page, 'TEXTAREA ')
  await page.keyboard.type('Boring and badly acted')
  await page.locator('.big', { hasText: 'neg' }).waitFor()
}

describe.skipIf(skipsBrowser)('the way from a file to an answer', () => {
  let service: Service
  beforeAll(async () => {
    service = await start()
  })

  it('goes through upload, training, curves and a prediction', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(service.url)
    await page.getByRole('link', { name: 'Upload a table' }).click()
    await page.getByLabel('Drop a file here').setInputFiles(REVIEWS)
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('reviews')
    await page.getByRole('button', { name: 'Upload' }).click()

    await page.getByRole('heading', { level: 1, name: 'reviews' }).waitFor()
    await page.getByText('876 rows · 2 columns').waitFor()
    await page.getByRole('list', { name: 'Most frequent values' }).getByText('439').waitFor()
    await page.getByText('A splendid villain').waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Train a model' }).click()

    await page.getByText('Weights to learn').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Train', exact: true }).click()

    await page.getByText('completed', { exact: true }).waitFor({ timeout: JOB_MS })
    await page.locator('canvas').first().waitFor()
    await expectAccessible(page)
    await page.reload()
    await page.getByRole('link', { name: 'Try it' }).click()

    await page
      .getByRole('textbox', { name: 'Text' })
      .fill('A wonderful film with great acting and a moving story.')
    const answer = page.getByRole('region', { name: 'Answer' })
    await answer.locator('.big', { hasText: 'pos' }).waitFor()
    expect(await answer.getByRole('list', { name: 'Probability of each class' }).textContent()).toMatch(
      /pos(> )?9\d/,
    )
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('is eight clicks at most with the mouse alone, from nothing to an answer', {
    timeout: 2 * JOB_MS,
  }, async () => {
    // A service of its own, so that a second try finds nothing either.
    const empty = await start()
    const { page, faults } = await openTab(empty.url)
    await page.goto(empty.url)
    let clicks = 0
    const click = async (target: Locator, timeout?: number) => {
      await target.click(timeout === undefined ? {} : { timeout })
      clicks += 1
    }
    await click(page.getByRole('button', { name: 'Train on the examples' }))
    const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'reviews' }) })
    await click(card.getByRole('link', { name: 'Try it' }), JOB_MS)
    await click(page.getByRole('button', { name: 'Take a row of the data' }))
    const answer = page.getByRole('region', { name: 'Answer' })
    await answer.locator('.big', { hasText: /^(pos|neg)$/ }).waitFor()
    await page.getByText(/^In the data it is: (pos|neg)$/).waitFor()
    expect(clicks).toBeLessThanOrEqual(8)
    const first = await page.getByRole('textbox', { name: 'Text' }).inputValue()
    await page.getByRole('button', { name: 'Take the next row' }).click()
    await expect.poll(() => page.getByRole('textbox', { name: 'Text' }).inputValue()).not.toBe(first)
    await expectAccessible(page)
    await page.getByRole('textbox', { name: 'Text' }).fill('Something else')
    await page.getByText('In the data it is').waitFor({ state: 'detached' })
    expect(faults).toEqual([])
  })

  it('can be gone by keyboard alone, with two presses and a text', {
    timeout: 2 * JOB_MS,
  }, async () => {
    const empty = await start()
    const { page, faults } = await openTab(empty.url)
    await page.goto(empty.url)
    await page.getByRole('heading', { name: 'Train your first model' }).waitFor()
    await reach(page, 'BUTTON Train on the examples')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'reviews' }).waitFor({ timeout: JOB_MS })
    // The second press: the answer follows the typing.
    await askByKeyboard(page)
    expect(faults).toEqual([])
  })

  it("can be gone by keyboard alone with a table of one's own", async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/train/reviews`)
    await page.getByText('Weights to learn').waitFor()
    await reach(page, 'BUTTON Train')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Try it' }).waitFor({ timeout: JOB_MS })
    await askByKeyboard(page)
    expect(faults).toEqual([])
  })

  it('says what is wrong with a file, and where', async () => {
    const { page } = await openTab(service.url)
    await upload(page, service.url, 'bad.csv', Buffer.from('a,b\n1,2\n3\n'))
    await page.getByRole('alert').getByText('Line 3:').waitFor()
    await page.getByRole('checkbox', { name: 'Leave out lines that cannot be read' }).check()
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByText('1 lines could not be read').click()
    await page.getByRole('cell', { name: '3', exact: true }).first().waitFor()
    await expectAccessible(page)
  })

  it('goes through the pages of a list, forth and back', async () => {
    const { page, faults } = await openTab(service.url)
    const rows = Array.from({ length: 45 }, (_, i) => `${i},${i},${i}`).join('\n')
    const buffer = Buffer.from(`a,b\n1,2\n2,3\n${rows}\n`)
    await page.goto(`${service.url}/#/datasets`)
    await page
      .getByLabel('Drop a file here')
      .setInputFiles({ name: 'paged.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('checkbox', { name: 'Leave out lines that cannot be read' }).check()
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByText('45 lines could not be read', { exact: true }).click()
    const list = page.getByRole('group').filter({ hasText: '45 lines could not be read' })
    const firstLine = list.getByRole('row').nth(1).getByRole('cell').first()
    const expectPage = async (number: number, line: string) => {
      await list.getByText(`Page ${number}`, { exact: true }).waitFor()
      await expect.poll(() => firstLine.textContent()).toBe(line)
    }
    await expectPage(1, '4')
    await list.getByRole('button', { name: 'Next' }).click()
    await expectPage(2, '24')
    await list.getByRole('button', { name: 'Next' }).click()
    await expectPage(3, '44')
    await list.getByRole('button', { name: 'Previous' }).click()
    await expectPage(2, '24')
    expect(faults).toEqual([])
  })

  it('reads a file again with another type', async () => {
    const { page, faults } = await openTab(service.url)
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 4},${i}`).join('\n')
    await upload(page, service.url, 'codes.csv', Buffer.from(`code,size\n${rows}\n`))
    await page.getByLabel('Type of code').selectOption('category')
    await page.getByRole('button', { name: 'Read the file in another way' }).click()
    await page.getByRole('list', { name: 'Most frequent values' }).waitFor()
    expect(faults).toEqual([])
  })

  it('shows at each field of the recipe what is wrong with it, and keeps form and JSON in step', async () => {
    const { page } = await openTab(service.url)
    await page.goto(`${service.url}/#/train/reviews`)
    await page.getByText('All options of the recipe').click()
    await page.getByLabel('epochs', { exact: true }).fill('0')
    await page.getByText('epochs').locator('..').locator('..').locator('small.wrong').first().waitFor()
    expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel('epochs', { exact: true }).fill('3')
    await page.getByRole('tab', { name: 'JSON' }).click()
    const json = page.getByLabel('The order as JSON')
    expect(JSON.parse(await json.inputValue())).toMatchObject({ recipe: { epochs: 3 } })
    await json.fill('{"model":"fives","dataset":"reviews","recipe":{"epochs":5}}')
    await page.getByRole('tab', { name: 'Form' }).click()
    expect(await page.getByLabel('Name of the model').inputValue()).toBe('fives')
    await page.getByText('All options of the recipe').click()
    expect(await page.getByLabel('epochs', { exact: true }).inputValue()).toBe('5')
    await expectAccessible(page)
  })

  it('trains within a time that the form asks for, and says that the time ended it', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/train/reviews`)
    await page.getByLabel('Name of the model').fill('hasty')
    const seconds = page.getByLabel('Longest training, in seconds')
    await seconds.fill('0.5')
    await page.locator('label', { has: seconds }).locator('small.wrong').waitFor()
    expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true)
    await seconds.fill('2')
    await page.getByRole('tab', { name: 'JSON' }).click()
    const json = page.getByLabel('The order as JSON')
    const order: unknown = JSON.parse(await json.inputValue())
    expect(order).toMatchObject({ model: 'hasty', recipe: { budget: { seconds: 2 } } })
    const recipe = { layers: [{ units: 4 }], epochs: 50_000, budget: { seconds: 2 } }
    await json.fill(JSON.stringify({ model: 'hasty', dataset: 'reviews', recipe }))
    await page.getByRole('tab', { name: 'Form' }).click()
    expect(await seconds.inputValue()).toBe('2')
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    await page.getByText('completed', { exact: true }).waitFor({ timeout: JOB_MS })
    await page.getByText('The budget of 2 seconds was over').waitFor()
    await expectAccessible(page)
    // The browser itself notes that the service refused half a second.
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([])
  })

  it('cancels a job, and orders it again', async () => {
    const { page } = await openTab(service.url)
    const recipe = { epochs: 100_000, layers: [{ units: 4 }], validation: { split: 0.2 } }
    const job = await service.submit({ model: 'long', dataset: 'reviews', recipe })
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    await page.getByText(/epoch [\d,]+ of/).waitFor({ timeout: JOB_MS })
    await page.reload()
    await page.getByText(/epoch [\d,]+ of/).waitFor({ timeout: JOB_MS })
    await confirm(page, 'Cancel this job')
    await page.getByRole('button', { name: 'Order it again' }).waitFor({ timeout: JOB_MS })
    await page.getByRole('button', { name: 'Order it again' }).click()
    await page.getByText(/epoch [\d,]+ of/).waitFor({ timeout: JOB_MS })
    await service.request(`/jobs/${job.id}`, { method: 'DELETE' })
  })

  it('fits a window of 360 pixels', async () => {
    const { page } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    for (const path of [
      '/',
      '/datasets',
      '/datasets/reviews',
      '/train',
      '/train/reviews',
      '/jobs',
      '/models/reviews/try',
    ]) {
      await page.goto(`${service.url}/#${path}`)
      await page.waitForLoadState('networkidle')
      await expectNoSidewaysScroll(page, path)
    }
  })
})
