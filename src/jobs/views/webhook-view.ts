/** The report of a job's end, as the API answers it. */
export interface WebhookView {
  /** Without its query, which may hold a secret. */
  url: string
  state: 'pending' | 'delivered' | 'failed'
  attempts: number
  /** The receiver's last answer; null: none came. */
  status: number | null
  /** Why the last attempt failed, or null. */
  error: string | null
  /** When it was delivered or given up. */
  at: string | null
}

/** The address of a webhook without its query, which may hold a secret. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** One that has not been tried yet. */
export function webhookView(url: string): WebhookView {
  return { url: shownAddress(url), state: 'pending', attempts: 0, status: null, error: null, at: null }
}
