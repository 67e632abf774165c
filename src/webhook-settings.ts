import { z } from 'zod'

const SECRET_RULE = 'at least 16 characters, or whsec_ and the base64 of 24 to 64 bytes'
const HOSTS_RULE = 'names or addresses of hosts, separated by commas, such as hooks.internal or *.example.com'

/** The key of the signatures: the bytes that are encoded after `whsec_`, as the specification has it, or the text's. */
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

export const WEBHOOK_HOSTS = z
  .string()
  .default('')
  .transform((text, context) => {
    const hosts = text.split(',').flatMap((each) => each.trim().toLowerCase() || [])
    if (hosts.every((host) => /^(\*|(\*\.)?[a-z0-9_-][a-z0-9._-]*|[0-9a-f:.]+)$/.test(host))) return hosts
    context.addIssue({ code: 'custom', message: HOSTS_RULE })
    return z.NEVER
  })
