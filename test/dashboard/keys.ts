import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'

/** A key of each role. */
export const KEYS = { predict: 'predict-secret', train: 'train-secret', admin: 'admin-secret' }

/** The setting of a service that knows them. */
export const API_KEYS = Object.entries(KEYS)
  .map(([role, key]) => `${role}-key:${role}:${createHash('sha256').update(key).digest('hex')}`)
  .join(',')

/** Gives the page a key. */
export async function signIn(page: Page, key: string, keep = false): Promise<void> {
  await page.getByLabel('API key').fill(key)
  if (keep) await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Sign in' }).click()
}
