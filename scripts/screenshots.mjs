// Takes pictures of every page of the dashboard: in both themes and languages, at two widths. By default it starts a service in
// a temporary folder and trains the examples by small recipes. Arguments: --url of a running service on which this has run with
// --keep, --out of the pictures (screenshots/), --only a page's name, --quick for one picture of each page, --keep a folder for
// the service's data, which stays.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { say } from './demo/print.mjs'
import { setUp } from './setup.mjs'

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    out: { type: 'string', default: 'screenshots' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
})
const WIDTHS = { phone: 390, desk: 1280 }
const THEMES = ['light', 'dark']
const LANGUAGES = ['en', 'ko']

/** Milliseconds that a page may take to show all of it; a busy machine takes many times as long as an idle one. */
const PATIENCE_MS = 180_000
/** Milliseconds after which a page that goes on asking the service is taken for complete. */
const QUIET_MS = 15_000

/**
 * Recipes of which each trains within seconds, and which give the pages something to show: candidates, folds, trials, two
 * versions to compare, a job that failed and one that ended by its budget.
 */
const ORDERS = [
  {
    model: 'houses',
    recipe: {
      layers: [{ units: 32 }],
      epochs: 40,
      validation: { split: 0.2 },
      candidates: [{ layers: [{ units: 64 }] }],
    },
  },
  { model: 'reviews' },
  { model: 'reviews', recipe: { layers: [{ units: 8 }], epochs: 30, validation: { kFold: 3 } } },
  {
    model: 'searched',
    dataset: 'reviews',
    recipe: {
      layers: [{ units: 16 }],
      epochs: 10,
      validation: { split: 0.2 },
      search: {
        type: 'random',
        over: { 'layers.0.units': [4, 8, 16], 'layers.0.dropout': [0, 0.2, 0.5] },
        trials: 5,
      },
    },
  },
  {
    model: 'hasty',
    dataset: 'houses',
    recipe: {
      layers: [{ units: 32 }],
      epochs: 50_000,
      validation: { split: 0.2 },
      budget: { seconds: 3 },
    },
  },
  {
    model: 'failing',
    dataset: 'houses',
    recipe: { layers: [{ units: 32 }], epochs: 50_000, validation: { split: 0.2 } },
    limits: { seconds: 1 },
  },
]

if (!options.url) await setUp({ quiet: true })
const { chromium } = await import('playwright-core')
const folder = options.url
  ? undefined
  : resolve(options.keep ?? (await mkdtemp(join(tmpdir(), 'fitserve-screenshots-'))))
const service = folder ? await serviceIn(folder) : undefined
try {
  await takeAll(options.url ?? service.url)
} finally {
  await service?.stop()
  if (folder && !options.keep) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Starts a service, and fills it with all that the pages show. */
async function serviceIn(data) {
  process.env.DATA_DIR = data
  process.env.PORT = '0'
  const [{ startService }, { Client }] = await Promise.all([
    import('./demo/service.mjs'),
    import('./demo/client.mjs'),
  ])
  const started = await startService()
  try {
    await fill(new Client(started.url))
  } catch (error) {
    await started.stop()
    throw error
  }
  return started
}

async function fill(client) {
  for (const name of ['houses', 'reviews'])
    await client.upload(name, fileURLToPath(new URL(`../examples/${name}.csv`, import.meta.url)))
  for (const order of ORDERS) {
    say(`Training ${order.model} …`)
    const { id } = await client.post('/jobs', { dataset: order.model, ...order })
    while (!['completed', 'failed'].includes((await client.get(`/jobs/${id}`)).state)) await wait(500)
  }
  say('Explaining houses …')
  // Once, before a page asks for it: it is kept.
  await client.get('/models/houses/versions/1/explanation')
}

async function takeAll(url) {
  await mkdir(options.out, { recursive: true })
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
  const pages = (await pagesOf(url)).filter(({ name }) => !options.only || options.only === name)
  const looks = looksTaken()
  let taken = 0
  for (const { name: look, ...context } of looks) {
    const opened = await browser.newContext({ ...context, reducedMotion: 'reduce' })
    opened.setDefaultTimeout(PATIENCE_MS)
    for (const shown of pages) {
      const file = join(options.out, `${shown.name}-${look}.png`)
      await take(opened, url, shown, file)
      say(`${++taken} of ${looks.length * pages.length}: ${resolve(file)}`)
    }
    await opened.close()
  }
  await browser.close()
}

/** Returns every mixture of width, theme and language, each with its name. */
function looksTaken() {
  const all = Object.entries(WIDTHS).flatMap(([width, pixels]) =>
    THEMES.flatMap((colorScheme) =>
      LANGUAGES.map((locale) => ({
        name: `${width}-${colorScheme}-${locale}`,
        viewport: { width: pixels, height: 900 },
        colorScheme,
        locale,
      })),
    ),
  )
  return options.quick ? all.filter(({ name }) => name === 'desk-light-en') : all
}

async function take(context, url, { path, act }, file) {
  const page = await context.newPage()
  await page.goto(`${url}/#${path}`)
  await becomesQuiet(page)
  await act?.(page)
  await page.locator('.waiting').first().waitFor({ state: 'detached' })
  await becomesQuiet(page)
  await page.waitForTimeout(600)
  await page.screenshot({ path: file, fullPage: true })
  await page.close()
}

/** Waits until a page asks the service nothing; one that never stops asking is complete enough. */
async function becomesQuiet(page) {
  await page.waitForLoadState('networkidle', { timeout: QUIET_MS }).catch(() => undefined)
}

/** The pages with something on them, by their addresses, each with what is done before the picture. */
async function pagesOf(url) {
  const get = async (path) => (await fetch(url + path)).json()
  const houses = await get('/datasets/houses')
  const jobs = async (model) => (await get(`/jobs?model=${model}`)).items.map(({ id }) => `/jobs/${id}`)
  const write = (page) =>
    page.locator('textarea').fill('A wonderful film with great acting and a moving story.')
  // By place, since the names of tabs are those of the language.
  const openTab = (place, found) => async (page) => {
    await page.getByRole('tab').nth(place).click()
    await page.locator(found).first().waitFor()
  }
  const openAll = async (page) => {
    for (const summary of await page.locator('main summary').all()) await summary.click()
  }
  const [[house], [, reviews], [search], [hasty], [failing]] = await Promise.all(
    ['houses', 'reviews', 'searched', 'hasty', 'failing'].map(jobs),
  )
  return [
    { name: 'start', path: '/' },
    { name: 'datasets', path: '/datasets' },
    { name: 'dataset', path: `/datasets/${houses.id}` },
    { name: 'train-choose', path: '/train' },
    { name: 'train', path: `/train/${houses.id}` },
    { name: 'train-options', path: `/train/${houses.id}`, act: openAll },
    { name: 'train-json', path: `/train/${houses.id}`, act: openTab(1, 'textarea') },
    { name: 'jobs', path: '/jobs' },
    { name: 'job', path: house },
    { name: 'job-folds', path: reviews },
    { name: 'job-search', path: search },
    { name: 'job-budget', path: hasty },
    { name: 'job-failed', path: failing },
    { name: 'model', path: '/models/reviews' },
    { name: 'model-values', path: '/models/houses' },
    { name: 'model-compared', path: '/models/reviews', act: chooseAll },
    { name: 'model-explained', path: '/models/houses', act: openTab(2, '#importance') },
    { name: 'model-rows', path: '/models/reviews', act: openTab(3, '.preview') },
    { name: 'try-text', path: '/models/reviews/try', act: write },
    { name: 'try-row', path: '/models/houses/try' },
    { name: 'operations', path: '/operations' },
    { name: 'no-such-page', path: '/nowhere' },
  ]
}

/** Chooses all versions of a model, so that they are compared. */
async function chooseAll(page) {
  for (const box of await page.locator('main table').first().getByRole('checkbox').all()) await box.check()
}

function chromiumPath() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()
    if (path !== '') return path
  }
  throw new Error('Pictures need Chromium: install the package chromium.')
}
