import type { WebhookView } from '../contract.ts'

/** Returns the address of a webhook without its query, which may hold a secret. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** Returns the view of a webhook that has not been tried yet. */
export function webhookView(url: string): WebhookView {
  return { url: shownAddress(url), state: 'pending', attempts: 0, status: null, error: null, at: null }
}
