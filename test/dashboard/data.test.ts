import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLES, type Service, start, temporaryFolder } from '../system/harness.ts'
import { confirm, expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'
import { signIn } from './keys.ts'

const JOB_MS = 180_000

describe.skipIf(skipsBrowser)('data and jobs on the page', () => {
  let service: Service
  beforeAll(async () => {
    service = await start()
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
  })

  it('shows how the values of each column are distributed, with a table behind each chart', async () => {
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/datasets/houses`)
    const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'longitude' }) })
    await card.locator('.histogram').waitFor()
    await card.getByText('As a table').click()
    const counts = await card.getByRole('row').locator('td.number').allTextContents()
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(3000)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('shows two data sets of a name side by side, what differs in kind first', async () => {
    const name = `pair-${Date.now()}`
    const upload = (body: string) =>
      service.request(`/datasets?name=${name}`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body,
      })
    await upload('same,kind,gone\n1,2,a\n3,4,b\n5,6,a\n')
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/datasets/${name}`)
    await page.getByText('Compare with another data set of this name').click()
    await page.getByText(`There is no other data set of the name ${name}.`).waitFor()
    await upload('same,kind\n1,x\n3,y\n5,x\n7,y\n')
    await page.reload()
    await page.getByText('Compare with another data set of this name').click()
    await page.getByText('2 of 3 columns are in one only, or have another type.').waitFor()
    const compared = page.locator('details').filter({ hasText: 'Compare with' }).getByRole('article')
    expect(await compared.getByRole('heading').allTextContents()).toEqual(['kind', 'gone', 'same'])
    await page.getByText('0 rows of this one (0%) are in the other one too').waitFor()
    await compared.nth(1).getByText('has no such column').waitFor()
    await compared.nth(2).getByText('this one, 4 rows').waitFor()
    for (const range of ['1 – 7', '1 – 5']) await compared.nth(2).getByText(range).waitFor()
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('reads a file in the way that a refusal advises', async () => {
    const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
    await page.goto(`${service.url}/#/datasets`)
    // 한글 in code page 949, and a text in single quotes.
    const bytes = Buffer.from("title\nword;n\n\xc7\xd1\xb1\xdb;1,5\n'ab';2,5\nk.A.;3,5\n", 'latin1')
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'korean.csv', mimeType: 'text/csv', buffer: bytes })
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByText('Upload the file with skip=1').waitFor()
    await page.getByText('More ways to read the file').click()
    await page.getByLabel('Lines above the table').fill('1')
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByText('encoding=cp949').first().waitFor()
    await page.getByLabel('Encoding').selectOption('cp949')
    await page.getByLabel('Quotes').selectOption('single')
    await page.getByLabel('Decimal sign').selectOption(',')
    await page.getByLabel('Texts that mean “missing”').fill('k.A.')
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByRole('heading', { name: 'word' }).waitFor()
    const { body } = await service.request('/datasets/korean/rows')
    expect(body).toMatchObject({
      items: [
        { word: '한글', n: 1.5 },
        { word: 'ab', n: 2.5 },
        { word: null, n: 3.5 },
      ],
    })
    await page.getByText('Read the file in another way').first().click()
    await page.getByText('More ways to read the file').click()
    await page.getByLabel('The first line is a row').check()
    await page.getByRole('button', { name: 'Read the file in another way' }).click()
    await page.getByRole('heading', { name: 'column1' }).waitFor()
    // The refusal is an error in the console too.
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([])
  })

  it('shows a wide table a part at a time', async () => {
    const names = Array.from({ length: 300 }, (_, column) => `n${column}`)
    const rows = Array.from({ length: 50 }, (_, row) => names.map((_, column) => row * column).join(','))
    const answer = await service.request('/datasets?name=wide', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: [names.join(','), ...rows].join('\n'),
    })
    expect(answer.status).toBe(201)
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/datasets/wide`)
    await page.locator('.histogram').nth(20).waitFor()
    expect(await page.getByRole('article').count()).toBe(24)
    await page.getByRole('searchbox', { name: 'Find a column' }).fill('N29')
    await page.getByRole('heading', { name: 'n299', exact: true }).waitFor()
    await page.locator('.histogram').nth(10).waitFor()
    // n29, and n290 to n299.
    expect(await page.getByRole('article').count()).toBe(11)
    await page.getByRole('searchbox', { name: 'Find a column' }).fill('none')
    await page.getByText('No column was found.').waitFor()
    await page.getByRole('searchbox', { name: 'Find a column' }).fill('')
    await page.getByRole('button', { name: 'Show more (276)' }).click()
    await page.locator('.histogram').nth(290).waitFor()
    expect(await page.getByRole('article').count()).toBe(300)
    expect(faults).toEqual([])
  })

  it('shows the trials of a search by their parameters', { timeout: JOB_MS }, async () => {
    const search = {
      type: 'grid',
      over: { 'layers.0.units': [2, 8], batchSize: [32, 64] },
      metric: 'valLoss',
    }
    const recipe = { layers: [{ units: 4 }], epochs: 2, validation: { split: 0.2 }, search }
    const job = await service.submit({ model: 'found', dataset: 'houses', recipe })
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    await page.getByRole('link', { name: 'Try it' }).waitFor({ timeout: JOB_MS })
    await page.getByRole('img', { name: 'Scores of the trials by layers.0.units' }).waitFor()
    expect(await page.locator('.trial-points circle').count()).toBe(2 * 4)
    await page.getByRole('img', { name: 'Each trial is a line' }).waitFor()
    expect(await page.locator('.trial-lines polyline').count()).toBe(4)
    expect(await page.locator('.trial-lines .best').count()).toBe(1)
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it('says why a job has failed, and offers to order it again', { timeout: JOB_MS }, async () => {
    const recipe = { layers: [{ units: 4 }], epochs: 1_000_000, validation: { split: 0.2 } }
    const order = { model: 'slow', dataset: 'houses', recipe, limits: { seconds: 2 } }
    const job = await service.submit(order)
    const { page } = await openTab(service.url)
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    await page.getByText('failed', { exact: true }).waitFor({ timeout: JOB_MS })
    const { error } = await service.job(job.id)
    await page
      .getByRole('alert')
      .getByText(error?.detail ?? 'no error')
      .waitFor()
    await page.getByRole('button', { name: 'Order it again' }).waitFor()
    const log = page.getByRole('region', { name: 'What happened' })
    await log.getByText('Attempt 1 started').waitFor()
    await log.getByText(`Failed · ${error?.detail}`).waitFor()
    await expectAccessible(page)
    await page.goto(`${service.url}/#/operations`)
    const failures = page.getByRole('region', { name: 'Recent failures' })
    await failures.getByRole('link', { name: 'slow' }).first().waitFor()
  })

  it('shows in one tab what another one has ordered and cancelled', { timeout: JOB_MS }, async () => {
    const [one, other] = await Promise.all([openTab(service.url), openTab(service.url)])
    await one.page.goto(`${service.url}/#/jobs`)
    const recipe = { layers: [{ units: 4 }], epochs: 1_000_000, validation: { split: 0.2 } }
    const job = await service.submit({ model: 'seen', dataset: 'houses', recipe })
    await one.page.getByRole('link', { name: 'seen' }).click()
    await one.page.getByText(/epoch [\d,]+ of/).waitFor()
    await other.page.goto(`${service.url}/#/jobs/${job.id}`)
    await confirm(other.page, 'Cancel this job')
    for (const { page } of [one, other]) await page.getByText('cancelled', { exact: true }).waitFor()
    expect([...one.faults, ...other.faults]).toEqual([])
  })
})

describe.skipIf(skipsBrowser)('a key that is revoked while the page is open', () => {
  it('leads to the sign-in, which says so, and from there back to the same place', async () => {
    const hash = (key: string) => createHash('sha256').update(key).digest('hex')
    const file = join(await temporaryFolder(), 'keys')
    const line = (name: string) => `${name}:admin:${hash(`${name}-secret`)}\n`
    await writeFile(file, line('first') + line('second'))
    const service = await start({ key: 'second-secret', env: { API_KEYS_FILE: file } })
    const { page } = await openTab(service.url)
    await page.goto(`${service.url}/#/jobs`)
    await signIn(page, 'first-secret', true)
    await page.getByRole('heading', { name: 'Jobs' }).waitFor()
    await writeFile(file, line('second'))
    service.child.kill('SIGHUP')
    await page.getByRole('alert').getByText('was revoked or has expired').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await expectAccessible(page)
    await signIn(page, 'second-secret')
    await page.getByRole('heading', { name: 'Jobs' }).waitFor()
  })
})
