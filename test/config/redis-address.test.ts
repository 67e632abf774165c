import { describe, expect, it } from 'vitest'
import { readRedisAddress } from '../../src/config/redis-address.ts'

const plain = {
  kind: 'server',
  tls: false,
  nodes: [{ host: 'queue', port: 6379 }],
  username: undefined,
  password: undefined,
  db: 0,
  name: 'mymaster',
  sentinelUsername: undefined,
  sentinelPassword: undefined,
}

describe('the address of a Redis', () => {
  it.each<[string, object]>([
    ['redis://queue', {}],
    ['redis://queue/', {}],
    ['rediss://queue', { tls: true }],
    ['redis://queue:7000/12', { nodes: [{ host: 'queue', port: 7000 }], db: 12 }],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://[fd00::1]', { nodes: [{ host: 'fd00::1', port: 6379 }] }],
    ['redis://me@queue', { username: 'me' }],
    ['redis://:word@queue', { password: 'word' }],
    ['redis://me:wo%3Ard:s@queue', { username: 'me', password: 'wo:rd:s' }],
    ['redis://a%40b:@queue', { username: 'a@b', password: '' }],
    ['redis://queue:65535', { nodes: [{ host: 'queue', port: 65_535 }] }],
    ['redis://queue:1', { nodes: [{ host: 'queue', port: 1 }] }],
    ['redis+sentinel://queue', { kind: 'sentinel', nodes: [{ host: 'queue', port: 26_379 }] }],
    [
      'rediss+sentinel://me:word@a:1,b/3?name=main&sentinelUsername=s&sentinelPassword=t%20t',
      {
        kind: 'sentinel',
        tls: true,
        username: 'me',
        password: 'word',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26_379 },
        ],
        db: 3,
        name: 'main',
        sentinelUsername: 's',
        sentinelPassword: 't t',
      },
    ],
    ['redis+sentinel://queue?name=', { kind: 'sentinel', nodes: [{ host: 'queue', port: 26_379 }] }],
    [
      'redis+cluster://a,b:7001/0',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7001 },
        ],
      },
    ],
  ])('%s is read', (url, expected) => {
    expect(readRedisAddress(url)).toEqual({ ...plain, ...expected })
  })

  it.each([
    'queue:6379',
    'http://queue',
    'xredis://queue',
    'redis://',
    'redis://queue:0',
    'redis://queue:65536',
    'redis://queue:123456',
    'redis://queue:x',
    'redis://que ue',
    'redis://[::1',
    'redis://[::1]x',
    'redis://x[::1]',
    'redis://que%ue',
    'redis://queue/12345',
    'redis://queue/a',
    'redis://queue/1/2',
    'redis://queue?name=a',
    'redis://queue#a',
    'redis://%zz:word@queue',
    'redis://me:%zz@queue',
    'redis://a,b',
    'redis+cluster://a/1',
    'redis+cluster://a?name=b',
    'redis+sentinel://a,',
    'redis+sentinel://a?names=b',
    'redis+sentinel://a?name=b&db=1',
    'redis+other://a',
  ])('%s is refused', (url) => {
    expect(readRedisAddress(url)).toBeUndefined()
  })
})
