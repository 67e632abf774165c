// Takes pictures of every page of the dashboard: in both themes and languages, at two widths. By default it starts a service in a
// temporary folder and trains the examples. Arguments: --url of a running service with both examples, --out of the pictures
// (screenshots/), --only a page's name, --quick for one picture of each page.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { setUp } from './setup.mjs'

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    out: { type: 'string', default: 'screenshots' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const WIDTHS = { phone: 390, desk: 1280 }
const THEMES = ['light', 'dark']
const LANGUAGES = ['en', 'ko']

if (!options.url) await setUp({ quiet: true })
const { chromium } = await import('playwright-core')
const folder = options.url ? undefined : await mkdtemp(join(tmpdir(), 'fitserve-screenshots-'))
const service = folder ? await serviceIn(folder) : undefined
try {
  await takeAll(options.url ?? service.url)
} finally {
  await service?.stop()
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Starts a service, and trains both examples. */
async function serviceIn(data) {
  process.env.DATA_DIR = data
  process.env.PORT = '0'
  const [{ startService }, { Client }, { bundledCases }, { trainCase }] = await Promise.all([
    import('./demo/service.mjs'),
    import('./demo/client.mjs'),
    import('./demo/bundled.mjs'),
    import('./demo/train.mjs'),
  ])
  const started = await startService()
  for (const each of await bundledCases()) await trainCase(new Client(started.url), each)
  return started
}

async function takeAll(url) {
  await mkdir(options.out, { recursive: true })
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
  const pages = (await pagesOf(url)).filter(({ name }) => !options.only || options.only === name)
  for (const [width, pixels] of Object.entries(WIDTHS))
    for (const colorScheme of THEMES)
      for (const locale of LANGUAGES) {
        if (options.quick && (width !== 'desk' || colorScheme !== 'light' || locale !== 'en')) continue
        const look = {
          viewport: { width: pixels, height: 900 },
          colorScheme,
          locale,
          reducedMotion: 'reduce',
        }
        const context = await browser.newContext(look)
        for (const { name, path, act } of pages) {
          const page = await context.newPage()
          await page.goto(`${url}/#${path}`)
          await page.waitForLoadState('networkidle')
          await act?.(page)
          await page.locator('.waiting').first().waitFor({ state: 'detached' })
          await page.waitForTimeout(600)
          const file = join(options.out, `${name}-${width}-${colorScheme}-${locale}.png`)
          await page.screenshot({ path: file, fullPage: true })
          process.stdout.write(`${resolve(file)}\n`)
          await page.close()
        }
        await context.close()
      }
  await browser.close()
}

/** The pages with something on them, by their addresses, each with what is done before the picture. */
async function pagesOf(url) {
  const get = async (path) => (await fetch(url + path)).json()
  const houses = await get('/datasets/houses')
  const jobOf = async (model) => (await get(`/jobs?model=${model}`)).items[0].id
  const write = (page) =>
    page.locator('textarea').fill('A wonderful film with great acting and a moving story.')
  // By place, since the names of tabs are those of the language.
  const openTab = (place, found) => async (page) => {
    await page.getByRole('tab').nth(place).click()
    await page.locator(found).first().waitFor({ timeout: 300_000 })
  }
  return [
    { name: 'start', path: '/' },
    { name: 'datasets', path: '/datasets' },
    { name: 'dataset', path: `/datasets/${houses.id}` },
    { name: 'train', path: `/train/${houses.id}` },
    { name: 'jobs', path: '/jobs' },
    { name: 'job', path: `/jobs/${await jobOf('houses')}` },
    { name: 'job-folds', path: `/jobs/${await jobOf('reviews')}` },
    { name: 'model', path: '/models/reviews' },
    { name: 'model-values', path: '/models/houses' },
    { name: 'model-explained', path: '/models/houses', act: openTab(2, '#importance') },
    { name: 'model-rows', path: '/models/reviews', act: openTab(3, '.preview') },
    { name: 'try-text', path: '/models/reviews/try', act: write },
    { name: 'try-row', path: '/models/houses/try' },
    { name: 'operations', path: '/operations' },
  ]
}

function chromiumPath() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()
    if (path !== '') return path
  }
  throw new Error('Pictures need Chromium: install the package chromium.')
}
