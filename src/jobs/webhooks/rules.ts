import { isIP } from 'node:net'
import type { WebhookSettings } from '../../config/webhooks.ts'
import { bareHost, isListed, isLocalName, isPrivate } from '../../runtime/addresses.ts'

/** Returns the fault of a webhook's address, as far as it shows without looking names up; undefined if it has none. */
export function urlFault(url: string, { key, hosts }: WebhookSettings): string | undefined {
  if (!URL.canParse(url)) return 'Expected an address such as "https://example.com/hook"'
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:')
    return 'Expected an address that begins with https:// or http://'
  if (username !== '' || password !== '') return 'An address must not contain a user or password'
  if (key === null) return 'This service sends no webhooks: WEBHOOK_SECRET, which signs them, is not set'
  const host = bareHost(hostname)
  if (!isListed(host, hosts) && (isLocalName(host) || (isIP(host) !== 0 && isPrivate(host))))
    return 'The address is private or local, and WEBHOOK_HOSTS of the service does not name its host'
  return undefined
}
