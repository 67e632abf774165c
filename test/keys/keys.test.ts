import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ApiKey } from '../../src/access.ts'
import { Keys } from '../../src/keys/keys.ts'

const keyOf = (secret: string, more: Partial<ApiKey> = {}): ApiKey => ({
  name: `the-${secret}`,
  role: 'predict',
  sha256: createHash('sha256').update(secret).digest('hex'),
  models: null,
  requestsPerMinute: null,
  rowsPerDay: null,
  expiresAt: null,
  ...more,
})
const bearer = (secret: string) => `Bearer ${secret}`

describe('the keys of a service', () => {
  it('are found by the header that names them', () => {
    const keys = new Keys([keyOf('a'), keyOf('b')])
    expect(keys.find(bearer('b'))).toMatchObject({ name: 'the-b' })
    expect(keys.known('bearer   a  ')).toMatchObject({ name: 'the-a' })
    for (const header of [undefined, '', 'Bearer', 'Bearer c', 'Basic a', 'a', 'Bearer a b'])
      expect([keys.find(header), keys.known(header)]).toEqual([null, null])
  })

  it('are taken until they end', () => {
    let now = 1_000
    const keys = new Keys([keyOf('a', { expiresAt: 2_000 })], undefined, () => now)
    now = 1_999
    expect(keys.known(bearer('a'))).not.toBeNull()
    now = 2_000
    expect([keys.known(bearer('a')), keys.find(bearer('a'))]).toEqual([null, null])
  })

  it('may be replaced, which tells what has changed', () => {
    const keys = new Keys([keyOf('a'), keyOf('b'), keyOf('c')])
    const before = keys.generation
    const changes = keys.replace([keyOf('d'), keyOf('b', { role: 'admin' }), keyOf('c')])
    expect(changes).toEqual({ added: ['the-d'], removed: ['the-a'], changed: ['the-b'] })
    expect(keys.generation).not.toBe(before)
    expect(keys.find(bearer('a'))).toBeNull()
    expect(keys.find(bearer('b'))).toMatchObject({ role: 'admin' })
    expect(keys.find(bearer('d'))).toMatchObject({ name: 'the-d' })
    expect(keys.replace([keyOf('d'), keyOf('b', { role: 'admin' }), keyOf('c')])).toEqual({
      added: [],
      removed: [],
      changed: [],
    })
  })

  it('are needed where there were some at the start, also once all of them are revoked', () => {
    expect(new Keys([]).required).toBe(false)
    const keys = new Keys([keyOf('a')])
    keys.replace([])
    expect(keys.required).toBe(true)
    expect(keys.find(bearer('a'))).toBeNull()
  })
})
