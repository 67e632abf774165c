import { isIP, isIPv6 } from 'node:net'
import { z } from 'zod'

/** How webhooks are signed, and where they may go. */
export interface WebhookSettings {
  /** Key of the signatures; null: webhooks are off. */
  key: Uint8Array | null
  /** Hosts that may have private addresses: names, addresses, `*.example.com`, or `*` for all. */
  hosts: readonly string[]
}

const SECRET_RULE = 'at least 16 characters, or whsec_ and the base64 of 24 to 64 bytes'
const HOSTS_RULE =
  'names or addresses of hosts without ports, separated by commas, such as hooks.internal or *.example.com'

/**
 * Key of the signatures: after `whsec_` base64, as the Standard Webhooks specification has it; else the text's bytes.
 */
export const WEBHOOK_SECRET = z
  .string()
  .transform((text, context) => {
    const [, encoded] = /^whsec_(.*)$/.exec(text) ?? []
    const key = encoded === undefined ? Buffer.from(text, 'utf8') : Buffer.from(encoded, 'base64')
    const whole = encoded === undefined || /^[A-Za-z0-9+/]+={0,2}$/.test(encoded)
    if (whole && key.length <= 1024 && key.length >= (encoded === undefined ? 16 : 24)) return key
    context.addIssue({ code: 'custom', message: SECRET_RULE })
    return z.NEVER
  })
  .optional()

/** Hosts that webhooks may call at private addresses. Default: none. */
export const WEBHOOK_HOSTS = z
  .string()
  .default('')
  .transform((text, context) => {
    const hosts: string[] = []
    for (const entry of text.split(',').flatMap((each) => each.trim() || [])) {
      const host = hostOf(entry)
      if (host === undefined)
        context.addIssue({
          code: 'custom',
          message: `${HOSTS_RULE}, which ${JSON.stringify(entry)} is not`,
        })
      else hosts.push(host)
    }
    return hosts
  })

/** Returns a host in the form that URLs give it, so that the two match; undefined if it is not a host. */
export function hostOf(entry: string): string | undefined {
  if (entry === '*') return entry
  const [, wild = '', name = ''] = /^(\*\.)?([^/?#@\\%*]+)$/.exec(entry) ?? []
  const address = name.replace(/^\[(.*)\]$/, '$1')
  const written = isIPv6(address) ? `http://[${address}]/` : `http://${name}/`
  // A colon outside of an IPv6 address means a port, and ports are not allowed here.
  if ((name.includes(':') && !isIPv6(address)) || !URL.canParse(written)) return undefined
  const host = new URL(written).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) !== 0) return wild === '' ? host : undefined
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) ? wild + host : undefined
}
