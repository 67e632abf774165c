import { isIP } from 'node:net'
import { z } from 'zod'
import type { TokenSettings } from '../access.ts'
import { ConfigError } from './config-error.ts'

/** Files of the certificate and its private key, in PEM. */
export interface TlsSettings {
  cert: string
  key: string
}

const ORIGINS_RULE = 'origins separated by commas, such as https://app.example,http://localhost:5173'

/** Origins of pages that may call. Default: none but the service's own. */
export const CORS_ORIGINS = z
  .string()
  .default('')
  .transform((text, context) => {
    const origins = text.split(',').flatMap((each) => each.trim() || [])
    if (origins.every(isOrigin)) return origins.map((origin) => new URL(origin).origin)
    context.addIssue({ code: 'custom', message: ORIGINS_RULE })
    return z.NEVER
  })

/** The variables of an identity provider. */
export const TOKEN_VARIABLES = {
  OIDC_ISSUER: z
    .string()
    .refine(isIssuer, { error: 'an address such as https://id.example/realms/ml, as tokens name it in iss' })
    .optional(),
  OIDC_AUDIENCE: z.string().min(1).max(1_000).optional(),
  OIDC_ROLES_CLAIM: z
    .string()
    .regex(/^[^.\s]+(\.[^.\s]+){0,9}$/, 'the name of a claim, or the path to one, such as realm_access.roles')
    .default('roles'),
}

/** Returns the settings of tokens; null: none are taken. @throws ConfigError where one of both is missing */
export function tokenSettings(
  issuer: string | undefined,
  audience: string | undefined,
  rolesClaim: string,
): TokenSettings | null {
  if (issuer === undefined && audience === undefined) return null
  if (issuer === undefined || audience === undefined)
    throw new ConfigError(
      'OIDC_ISSUER and OIDC_AUDIENCE must be set together: a token that another service was given would be taken',
    )
  return { issuer, audience, rolesClaim }
}

/** Returns the files of TLS; null: the service speaks plain HTTP. @throws ConfigError where one of both is missing */
export function tlsSettings(cert: string | undefined, key: string | undefined): TlsSettings | null {
  if (cert === undefined && key === undefined) return null
  if (cert === undefined || key === undefined)
    throw new ConfigError('TLS_CERT and TLS_KEY must be set together')
  return { cert, key }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:\/\/[^/?#@]+$/i.test(text)
}

/** Tokens are as trustworthy as the way on which the provider's keys come. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username } = new URL(text)
  if (search !== '' || hash !== '' || username !== '') return false
  const isLocal =
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  return protocol === 'https:' || (protocol === 'http:' && isLocal)
}
