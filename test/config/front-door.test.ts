import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/config.ts'

const refused = (env: Record<string, string>, message: string | RegExp) => {
  expect(() => loadConfig(env)).toThrow(ConfigError)
  expect(() => loadConfig(env)).toThrow(message)
}

describe('an identity provider', () => {
  const OIDC_AUDIENCE = 'fitserve'
  const issuerOf = (OIDC_ISSUER: string) => loadConfig({ OIDC_ISSUER, OIDC_AUDIENCE }).tokens?.issuer

  it('is set by its address and by what its tokens are for', () => {
    const env = { OIDC_ISSUER: 'https://id.example/realms/ml', OIDC_AUDIENCE }
    expect(loadConfig(env).tokens).toEqual({
      issuer: 'https://id.example/realms/ml',
      audience: 'fitserve',
      rolesClaim: 'roles',
    })
    expect(loadConfig({ ...env, OIDC_ROLES_CLAIM: 'realm_access.roles' }).tokens).toMatchObject({
      rolesClaim: 'realm_access.roles',
    })
    expect(loadConfig({ OIDC_ROLES_CLAIM: 'groups' }).tokens).toBeNull()
    for (const name of ['OIDC_ISSUER', 'OIDC_AUDIENCE'] as const)
      refused({ [name]: env[name] }, 'OIDC_ISSUER and OIDC_AUDIENCE must be set together')
    // Its tokens are enough for a service that other machines can reach.
    expect(loadConfig({ HOST: '0.0.0.0', ...env })).toMatchObject({ apiKeys: [], rateLimit: 600 })
  })

  it.each(['http://localhost:8080/', 'http://127.0.0.1', 'http://127.9.9.9/a', 'http://[::1]:80/'])(
    'may be reached without TLS on this machine: %s',
    (issuer) => expect(issuerOf(issuer)).toBe(issuer),
  )

  it.each([
    'id.example',
    'http://id.example/',
    'http://128.0.0.1/',
    'http://127.example/',
    'http://localhost.example/',
    'http://[::2]/',
    'ftp://localhost/',
    'https://id.example/?a=b',
    'https://id.example/#a',
    'https://user@id.example/',
  ])('is refused at %s', (issuer) => {
    refused(
      { OIDC_ISSUER: issuer, OIDC_AUDIENCE },
      `OIDC_ISSUER is ${JSON.stringify(issuer)}, and must be an address such as https://id.example/realms/ml`,
    )
  })

  it.each(['a..b', '.a', 'a.', 'a b', `a${'.a'.repeat(10)}`])('has no roles in the claim %s', (claim) => {
    refused({ OIDC_ROLES_CLAIM: claim }, 'must be the name of a claim, or the path to one')
  })
})

describe('TLS', () => {
  it('has a certificate and its key', () => {
    expect(loadConfig({ TLS_CERT: 'a.pem', TLS_KEY: 'b.pem' }).tls).toEqual({ cert: 'a.pem', key: 'b.pem' })
    for (const env of [{ TLS_CERT: 'a.pem' }, { TLS_KEY: 'b.pem' }])
      refused(env as Record<string, string>, /^TLS_CERT and TLS_KEY must be set together$/)
  })
})

describe('the origins of pages that may call', () => {
  it('are read in the form that browsers send', () => {
    const { corsOrigins } = loadConfig({ CORS_ORIGINS: ' https://App.example, ,http://localhost:5173,' })
    expect(corsOrigins).toEqual(['https://app.example', 'http://localhost:5173'])
  })

  it.each([
    'app.example',
    'ftp://a.example',
    'https://a.example/',
    'https://a?b',
    'https://a b',
    'https://u@a',
  ])('are no %s', (origin) => {
    refused({ CORS_ORIGINS: `https://good.example,${origin}` }, 'origins separated by commas, such as')
  })

  it('are no part of another text', () => {
    refused({ CORS_ORIGINS: 'xhttps://a.example' }, 'must be origins separated by commas')
  })
})
