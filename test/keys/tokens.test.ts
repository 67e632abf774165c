import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Keys } from '../../src/keys/keys.ts'
import { createTokens } from '../../src/keys/tokens.ts'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

let server: Server
let issuer: string
let pair: Pair
let stranger: Pair
/** Addresses that the provider was asked for. */
const asked: string[] = []
let isAway = false

beforeAll(async () => {
  pair = await generateKeyPair('RS256')
  stranger = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  server = createServer(({ url = '' }, response) => {
    asked.push(url)
    if (isAway) return void response.writeHead(503).end()
    const body = url.endsWith('/jwks')
      ? { keys: [jwk] }
      : { issuer: url.startsWith('/other') ? 'https://else.example' : issuer, jwks_uri: `${issuer}/jwks` }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

interface Change {
  claims?: object
  key?: Pair['privateKey']
  kid?: string
  expires?: string
  subject?: string
  audience?: string
  by?: string
}

const token = ({ claims = { roles: ['train'] }, key = pair.privateKey, ...more }: Change = {}) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: more.kid ?? 'one' })
    .setIssuer(more.by ?? issuer)
    .setAudience(more.audience ?? 'fitserve')
    .setSubject(more.subject ?? 'ann')
    .setIssuedAt()
    .setExpirationTime(more.expires ?? '5m')
    .sign(key)

const settings = () => ({ issuer, audience: 'fitserve', rolesClaim: 'roles' })
const find = async (text: string, more = {}) => createTokens({ ...settings(), ...more }).find(text)

describe('a token of an identity provider', () => {
  it('makes a caller with the highest of its roles, until it ends', async () => {
    const caller = await find(await token({ claims: { roles: ['predict', 'admin', 'x', 7] } }))
    expect(caller).toMatchObject({ name: 'oidc:ann', role: 'admin', models: null })
    const left = (caller?.expiresAt ?? 0) - Date.now()
    expect(left).toBeGreaterThan(4 * 60_000)
    expect(left).toBeLessThan(6 * 60_000)
  })

  it.each([
    ['roles', { roles: 'openid predict' }],
    ['realm_access.roles', { realm_access: { roles: ['predict'] } }],
  ])('has its roles in the claim %s', async (rolesClaim, claims) => {
    expect(await find(await token({ claims }), { rolesClaim })).toMatchObject({ role: 'predict' })
  })

  it('has the whole subject in its name, so that two callers have two names', async () => {
    // The longest that OpenID Connect allows.
    const nameOf = async (subject: string) => (await find(await token({ subject })))?.name
    const long = 'x'.repeat(254)
    expect(await nameOf(`${long}1`)).toBe(`oidc:${long}1`)
    expect(await nameOf(`${long}1`)).not.toBe(await nameOf(`${long}2`))
  })

  it.each<[string, object]>([
    ['no claim', {}],
    ['another role', { roles: ['owner'] }],
    ['an object', { roles: { admin: true } }],
    ['a key of every object', { roles: 'constructor' }],
  ])('with %s may do nothing', async (_, claims) => {
    await expect(find(await token({ claims }))).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('"roles" must have one of predict, train, admin'),
    })
  })

  it.each([{ realm: null }, { realm: 'roles' }, { realm: { role: ['admin'] } }, { realm: ['admin'] }])(
    'has no role where its claims do not reach so far: %o',
    async (claims) => {
      const refused = find(await token({ claims }), { rolesClaim: 'realm.access.roles' })
      await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    },
  )

  it.each<[string, Change | 'stranger', RegExp]>([
    ['that has ended', { expires: '-2m' }, /has expired/],
    ['of another issuer', { by: 'https://else.example' }, /claim iss/],
    ['for another service', { audience: 'mail' }, /claim aud/],
    ['signed by someone else', 'stranger', /wrong signature/],
    ['signed by an unknown key', { kid: 'two' }, /key that the provider does not publish/],
  ])('%s is refused, and says why', async (_, change, why) => {
    const text = await token(change === 'stranger' ? { key: stranger.privateKey } : change)
    await expect(find(text)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(why),
    })
  })

  it('without a signature, or with one by a shared secret, is refused', async () => {
    const unsigned = new UnsecuredJWT({ roles: ['admin'] })
      .setIssuer(issuer)
      .setAudience('fitserve')
      .setSubject('ann')
      .setExpirationTime('5m')
      .encode()
    const shared = await new SignJWT({ roles: ['admin'] })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience('fitserve')
      .setSubject('ann')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode('a secret of thirty-two characters'))
    expect(createTokens(settings()).find(unsigned)).toBeUndefined()
    await expect(find(shared)).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(find('eyJ.eyJ.abc')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('is checked once, and the keys of the provider are fetched once', async () => {
    asked.length = 0
    const tokens = createTokens(settings())
    const text = await token()
    expect(tokens.known(text)).toBeUndefined()
    const first = await tokens.find(text)
    expect(tokens.known(text)).toBe(first)
    expect(tokens.find(text)).toBe(first)
    await tokens.find(await token({ subject: 'bob' }))
    expect(asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it('is checked again after a minute, and known no longer than it holds', async () => {
    const tokens = createTokens(settings())
    const long = await token()
    const short = await token({ expires: '10s' })
    const began = Date.now()
    const clock = vi.spyOn(Date, 'now').mockReturnValue(began)
    try {
      for (const text of [long, short]) await tokens.find(text)
      const known = (later: number) => {
        clock.mockReturnValue(began + later)
        return [long, short].map((text) => tokens.known(text) !== undefined)
      }
      expect(known(30_000)).toEqual([true, true])
      // Clocks may differ by 30 s, and a token ends at a whole second.
      expect(known(40_001)).toEqual([true, false])
      expect(known(59_999)).toEqual([true, false])
      expect(known(60_000)).toEqual([false, false])
    } finally {
      clock.mockRestore()
    }
  })

  it('cannot be checked while the provider is away, which is no fault of the token', async () => {
    isAway = true
    const tokens = createTokens(settings())
    const text = await token()
    asked.length = 0
    for (let tried = 0; tried < 20; tried++)
      await expect(tokens.find(text)).rejects.toMatchObject({ code: 'not-ready' })
    expect(asked.length).toBe(1)
    isAway = false
  })

  it('is not checked by what another provider publishes', async () => {
    await expect(find(await token(), { issuer: `${issuer}/other` })).rejects.toMatchObject({
      code: 'not-ready',
    })
  })

  it('stands beside keys, and makes one of both necessary', async () => {
    const keys = new Keys([], createTokens(settings()))
    expect(keys.required).toBe(true)
    expect(await keys.find(`Bearer ${await token()}`)).toMatchObject({ name: 'oidc:ann' })
    expect(keys.find('Bearer something')).toBeNull()
    expect(keys.find(undefined)).toBeNull()
  })
})
