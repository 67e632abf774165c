import { createHash } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { type Caller, isCurrent, ROLES, type TokenSettings } from '../access.ts'
import { clipped, FitserveError } from '../errors.ts'
import { forgetOldest } from '../runtime/forget-oldest.ts'

/** Checks the tokens of an identity provider. */
export interface Tokens {
  /** Returns the caller of a token that was checked a moment ago. */
  known(token: string): Caller | undefined
  /**
   * Returns the caller of a token; undefined for a text that is none.
   * @throws FitserveError `unauthorized`, `not-ready`
   */
  find(token: string): Caller | Promise<Caller> | undefined
}

/** A text that may be a token: three parts of base64url. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/
/** Algorithms with a key pair: a secret that is shared with the provider would let this service make tokens. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** Seconds by which clocks may differ. */
const CLOCK_SECONDS = 30
/** Milliseconds for which a checked token is not checked again, so that a withdrawn signing key is noticed. */
const FRESH_MS = 60_000
/** Checked tokens that are remembered; the oldest goes first. */
const MAX_REMEMBERED = 10_000
/** Limit on an answer of the provider, in milliseconds. */
const PROVIDER_MS = 5_000
/** Milliseconds until the provider's address of keys is asked for again after a failure. */
const RETRY_MS = 5_000
/** Characters of a subject in its caller's name: as many as it may have (OpenID Connect Core 1.0, section 2). */
const MAX_NAME = 255

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() })

/** Checks tokens by the provider's published keys, which are fetched when the first token comes. */
export function createTokens(settings: TokenSettings): Tokens {
  const { issuer, audience } = settings
  const checked = new Map<string, { caller: Caller; until: number }>()
  const keys = publishedKeys(issuer)

  const known = (token: string): Caller | undefined => {
    const found = checked.get(digestOf(token))
    const now = Date.now()
    return found && now < found.until && isCurrent(found.caller, now) ? found.caller : undefined
  }
  const check = async (token: string): Promise<Caller> => {
    const payload = await verified(token, keys, { issuer, audience })
    const caller = callerOf(payload, settings)
    checked.set(digestOf(token), { caller, until: Date.now() + FRESH_MS })
    forgetOldest(checked, MAX_REMEMBERED)
    return caller
  }
  return {
    known: (token) => (TOKEN.test(token) ? known(token) : undefined),
    find: (token) => (TOKEN.test(token) ? (known(token) ?? check(token)) : undefined),
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}

/** Returns the function that finds the key of a token. The provider says where its keys are (OpenID Connect Discovery 1.0). */
function publishedKeys(issuer: string): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined
  let failedAt = Number.NEGATIVE_INFINITY
  const discover = async (): Promise<JWTVerifyGetKey> => {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const answer = await fetch(address, { signal: AbortSignal.timeout(PROVIDER_MS), redirect: 'error' })
    if (!answer.ok) throw new Error(`${address} answers ${answer.status}`)
    const found = Discovery.parse(await answer.json())
    if (found.issuer !== issuer) throw new Error(`${address} is of the issuer ${clipped(found.issuer)}`)
    return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: PROVIDER_MS })
  }
  return async (header, token) => {
    if (!keys && performance.now() - failedAt < RETRY_MS) throw new Error('The provider failed a moment ago')
    keys ??= discover()
    try {
      return await (await keys)(header, token)
    } catch (error) {
      if (error instanceof errors.JOSEError) throw error
      keys = undefined
      failedAt = performance.now()
      throw error
    }
  }
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { issuer: string; audience: string },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      ...expected,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_SECONDS,
      requiredClaims: ['exp', 'sub'],
    })
    return payload
  } catch (cause) {
    const why = faultOf(cause)
    if (why === undefined)
      throw new FitserveError(
        'not-ready',
        'The identity provider does not answer, so tokens cannot be checked.',
        {
          cause,
        },
      )
    throw new FitserveError('unauthorized', `The token ${why}.`, { cause })
  }
}

/** Returns why a token is not good, as the end of a sentence; undefined where that is not known. */
function faultOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'has expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `does not fit in its claim ${clipped(error.claim)}`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'has a wrong signature'
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'is signed by a key that the provider does not publish'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed in a way that is not taken'
  // An error of the provider's answer, and not of the token.
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return undefined
  if (!(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC') return undefined
  return 'cannot be read'
}

function callerOf(payload: JWTPayload, { rolesClaim }: TokenSettings): Caller {
  const { sub = '', exp = 0 } = payload
  const roles = rolesIn(payload, rolesClaim)
  const role = ROLES.findLast((each) => roles.includes(each))
  if (role === undefined)
    throw new FitserveError(
      'forbidden',
      `The token names no role of this service: its claim "${rolesClaim}" must have one of ${ROLES.join(', ')}.`,
    )
  return {
    name: `oidc:${clipped(sub, MAX_NAME)}`,
    role,
    models: null,
    requestsPerMinute: null,
    rowsPerDay: null,
    expiresAt: (exp + CLOCK_SECONDS) * 1000,
  }
}

/** Returns the words of a claim: a list of texts, or one text with spaces between them. */
function rolesIn(payload: JWTPayload, path: string): readonly unknown[] {
  let found: unknown = payload
  for (const key of path.split('.')) {
    const isObject = typeof found === 'object' && found !== null && Object.hasOwn(found, key)
    found = isObject ? Reflect.get(Object(found), key) : undefined
  }
  if (typeof found === 'string') return found.split(' ')
  return Array.isArray(found) ? found : []
}
