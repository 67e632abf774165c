import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLES, type Service, start } from '../system/harness.ts'
import { confirm, expectAccessible, expectNoSidewaysScroll, openTab, skipsBrowser } from './browser.ts'
import { API_KEYS, KEYS, signIn } from './keys.ts'

/** A recipe that is trained in a moment. */
const SMALL = { layers: [{ units: 4 }], epochs: 3, validation: { split: 0.2 } }
const JOB_MS = 180_000

describe.skipIf(skipsBrowser)('the page of a service with keys', () => {
  let service: Service
  beforeAll(async () => {
    service = await start({ key: KEYS.admin, env: { API_KEYS } })
    for (const name of ['reviews', 'houses']) {
      await service.upload(name, join(EXAMPLES, `${name}.csv`))
      await service.finished((await service.submit({ model: name, dataset: name, recipe: SMALL })).id)
    }
    const again = { ...SMALL, epochs: 4 }
    const order = { model: 'reviews', dataset: 'reviews', recipe: again, promote: 'never' }
    await service.finished((await service.submit(order)).id)
  })

  it('asks for a key, keeps it in memory or for the tab, and forgets it', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(service.url)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await expectAccessible(page)
    await signIn(page, 'wrong')
    await page.getByRole('alert').getByText('does not know this key').waitFor()
    await signIn(page, KEYS.train)
    await page.getByRole('heading', { name: 'Models' }).waitFor()
    await page.getByText('train-key · train').waitFor()
    expect(await page.evaluate('[localStorage.length, sessionStorage.length]')).toEqual([0, 0])
    await page.reload()
    await signIn(page, KEYS.train, true)
    await page.getByRole('heading', { name: 'Models' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Models' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    expect(faults).toEqual([])
  })

  it.each([
    ['predict', ['Start', 'Operations']],
    ['train', ['Start', 'Data sets', 'Train', 'Jobs', 'Operations']],
    ['admin', ['Start', 'Data sets', 'Train', 'Jobs', 'Operations']],
  ] as const)('shows a key of the role %s what it may do, and asks for nothing else', async (role, pages) => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/operations`)
    await signIn(page, KEYS[role])
    const links = page.getByRole('navigation').getByRole('link')
    await links.first().waitFor()
    expect(await links.allTextContents()).toEqual(pages)
    await page.getByText('Requests a second').or(page.getByText('No predictions yet.')).first().waitFor()
    expect(await page.getByText('needs a key with the role admin').count()).toBe(role === 'admin' ? 0 : 1)
    await page.goto(`${service.url}/#/models/reviews`)
    await page.getByRole('img', { name: 'Plot: ROC' }).waitFor()
    expect(await page.getByRole('button', { name: 'Promote' }).count()).toBe(role === 'predict' ? 0 : 1)
    expect(await page.getByRole('button', { name: 'Delete the model' }).count()).toBe(
      role === 'admin' ? 1 : 0,
    )
    await page.goto(`${service.url}/#/models/reviews/try`)
    await page.getByRole('textbox', { name: 'Text' }).fill('wonderful')
    await page.getByText(/\d% sure/).waitFor()
    expect(faults).toEqual([])
  })

  it('compares versions, and promotes one after it has said what that does', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews`)
    await signIn(page, KEYS.admin)
    await page.getByRole('checkbox', { name: '1', exact: true }).check()
    await page.getByRole('checkbox', { name: '2', exact: true }).check()
    await page.getByRole('heading', { name: '2 versions side by side' }).waitFor()
    await page.getByRole('row', { name: /^1 / }).getByRole('cell', { name: 'admin-key' }).waitFor()
    await page.getByRole('rowheader', { name: 'epochs' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Promote' }).click()
    await page.getByText('The alias production will point at version 2 instead of version 1').waitFor()
    await page.getByRole('button', { name: 'Promote' }).click()
    await page.getByText('Alias set to version').waitFor()
    expect((await service.model('reviews')).aliases).toEqual({ production: 2 })
    await confirm(page, 'Roll back')
    await page.getByText('Rolled back to version').waitFor()
    expect((await service.model('reviews')).aliases).toEqual({ production: 1 })
    await page.getByRole('button', { name: 'Train again' }).click()
    await page.getByText('These are reviews of').waitFor()
    await page.getByText('It has learnt from these very data already.').waitFor()
    expect(faults).toEqual([])
  })

  it('evaluates a version on another data set', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/reviews`)
    await signIn(page, KEYS.train)
    await page.getByText('Evaluate on another data set').click()
    const datasets = page.getByRole('combobox', { name: 'Data set' })
    const reviews = datasets.getByRole('option', { name: 'reviews · ' })
    await datasets.selectOption(await reviews.getAttribute('value'))
    await page.getByRole('button', { name: 'Evaluate on another data set' }).click()
    await page.getByRole('status').getByText('On 876 rows that it was not fitted on').waitFor()
    expect(faults).toEqual([])
  })

  it('asks for a row of a table, with a curve along a feature', async () => {
    const { page, faults } = await openTab(service.url)
    await page.goto(`${service.url}/#/models/houses/try`)
    await signIn(page, KEYS.predict)
    const value = page.getByRole('region', { name: 'Answer', exact: true }).locator('.big')
    await value.waitFor()
    const before = await value.textContent()
    await page.getByRole('spinbutton', { name: 'median_income' }).fill('14')
    await expect.poll(() => value.textContent()).not.toBe(before)
    await page.locator('canvas').waitFor()
    await expectAccessible(page)
    expect(faults).toEqual([])
  })

  it.each(['/', '/datasets', '/train', '/jobs', '/operations', '/models/reviews', '/models/houses'])(
    'at %s is accessible in both themes, and no wider than 360 pixels',
    async (path) => {
      const { page, faults } = await openTab(service.url, { viewport: { width: 360, height: 740 } })
      await page.goto(`${service.url}/#${path}`)
      await signIn(page, KEYS.admin)
      await page.getByRole('navigation').waitFor()
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      expect(faults).toEqual([])
    },
  )

  it('goes on by itself when the service was away', async () => {
    const { page } = await openTab(service.url)
    const job = await service.submit({
      model: 'long',
      dataset: 'reviews',
      recipe: { ...SMALL, epochs: 100_000 },
    })
    await page.goto(`${service.url}/#/jobs/${job.id}`)
    await signIn(page, KEYS.train)
    await page.getByText(/epoch [\d,]+ of/).waitFor({ timeout: JOB_MS })
    const { folder, url } = service
    await service.stop()
    await page.getByText('The service does not answer').first().waitFor()
    service = await start({ folder, key: KEYS.admin, env: { API_KEYS, PORT: new URL(url).port } })
    await page.getByText('The service does not answer').first().waitFor({ state: 'detached' })
    await page.getByText(/epoch [\d,]+ of/).waitFor({ timeout: JOB_MS })
    await service.request(`/jobs/${job.id}`, { method: 'DELETE' })
    await page.getByText('cancelled', { exact: true }).waitFor({ timeout: JOB_MS })
  })
})
