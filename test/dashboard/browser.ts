import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { whenOver } from '../system/harness.ts'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']
const program = PROGRAMS.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()).find(
  (path) => path !== '',
)

/** Whether tests of the page are skipped: on a machine without Chromium, unless all tools must be there. */
export const skipsBrowser = program === undefined && process.env['CI'] !== 'true'

/** Milliseconds that an action of a test may wait for the page; the machine may be busy. */
const PATIENCE_MS = 60_000

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Promise<Browser> | undefined

/** A page of the browser, with what went wrong in it. */
export interface Tab {
  page: Page
  /** Messages of the console that are errors, exceptions, and requests to other places. */
  faults: string[]
}

/** Opens an empty page that reports whatever a user should never meet. */
export async function openTab(origin: string, options: BrowserContextOptions = {}): Promise<Tab> {
  if (program === undefined) throw new Error(`none of ${PROGRAMS.join(', ')} is installed`)
  // As root, Chromium starts without its sandbox only.
  browser ??= chromium.launch({ executablePath: program, args: ['--no-sandbox'] }).then((opened) => {
    whenOver(() => opened.close())
    return opened
  })
  const context = await (await browser).newContext({ locale: 'en-US', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('blob:')) faults.push(`request to ${url}`)
  })
  return { page, faults }
}

/**
 * Presses a button that asks first, and the one of the same name that confirms. The latter is looked for in the question, because the
 * page may not have put the question in the place of the first button yet.
 */
export async function confirm(within: Page | Locator, name: string): Promise<void> {
  await within.getByRole('button', { name }).click()
  await within.getByRole('region', { name }).getByRole('button', { name }).click()
}

/** Expects that axe finds nothing to object to, in the light and in the dark theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Through the debugger, which the Content-Security-Policy of the page does not bind.
    await page.evaluate(AXE)
    const found: unknown = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(
      ({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`)
    expect(found, colorScheme).toEqual([])
  }
}

/** Expects that nothing of the page is wider than the window. */
export async function expectNoSidewaysScroll(page: Page, where = ''): Promise<void> {
  const isWider = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  expect(isWider, where).toBe(false)
}
