import { describe, expect, it } from 'vitest'
import { bareHost, guardedLookup, isListed, isLocalName, isPrivate } from '../../src/runtime/addresses.ts'
import { lookUp } from '../helpers/look-up.ts'

describe('an address', () => {
  it('is private unless it is a public one of a single machine', () => {
    const open = ['1.1.1.1', '8.8.8.8', '168.63.129.17', '2606:4700::1111', '::ffff:1.1.1.1', '1::7f00:1']
    expect(open.filter(isPrivate)).toEqual([])
    const closed = [
      '10.0.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '192.168.1.1',
      '168.63.129.16',
      '::ffff:168.63.129.16',
      '::ffff:10.0.0.1',
      '::1',
      '::7f00:1',
      '::a9fe:a9fe',
      '0.0.0.0',
      '198.18.0.1',
      '224.0.0.1',
      '::',
      'fd00::1',
      'fe80::1',
      'ff02::1',
      '2002:7f00:1::',
      'no address',
      '',
    ]
    expect(closed.filter((address) => !isPrivate(address))).toEqual([])
  })

  it('of a host is without brackets, in lower case, and without the dot at its end', () => {
    expect(bareHost('[::1]')).toBe('::1')
    expect(bareHost('Example.COM.')).toBe('example.com')
    expect(bareHost('a[b]c')).toBe('a[b]c')
    expect(bareHost('a..')).toBe('a.')
  })

  it('is listed by its name, by names below it, or by a star', () => {
    expect(isListed('a.example', [])).toBe(false)
    expect(isListed('a.example', ['b.example', 'A.example.'])).toBe(true)
    expect(isListed('a.example', ['*.example'])).toBe(true)
    expect(isListed('example', ['*.example'])).toBe(false)
    expect(isListed('anexample', ['*.example'])).toBe(false)
    expect(isListed('a.example', ['b.example', '*'])).toBe(true)
    expect(isListed('::1', ['[::1]'])).toBe(true)
  })

  it('is local by its name', () => {
    expect(['localhost', 'a.localhost'].map(isLocalName)).toEqual([true, true])
    expect(['localhost.example', 'nolocalhost', 'a.example'].map(isLocalName)).toEqual([false, false, false])
  })
})

describe('a look-up', () => {
  it.each([
    [['8.8.8.8'], true],
    [['8.8.8.8', '2606:4700::1111'], true],
    [['10.0.0.1'], false],
    [['8.8.8.8', '10.0.0.1'], false],
    [['10.0.0.1', '8.8.8.8'], false],
    [['2606:4700::1111', '::ffff:127.0.0.1'], false],
  ])('that finds %j lets its host be called: %s', async (addresses, allowed) => {
    const refused = allowed ? null : expect.objectContaining({ name: 'PrivateAddress' })
    expect(await lookUp('a.example', [], addresses)).toEqual({ error: refused, addresses })
    expect(await lookUp('[A.example]', ['a.example'], addresses)).toEqual({ error: null, addresses })
    // Node asks for one address only, where it does not try several at once.
    const { error } = await lookUp('a.example', [], addresses.slice(0, 1), false)
    expect(error === null).toBe(!isPrivate(addresses[0] ?? ''))
  })

  it('that fails has its own fault, also where the host is not listed', async () => {
    const { error } = await lookUp('a.example', [], undefined)
    expect(error).toMatchObject({ code: 'ENOTFOUND' })
  })

  it('is that of the system, unless another one is given', async () => {
    // Every machine knows this name, and it is 127.0.0.1 or ::1.
    const look = (hosts: string[]) =>
      new Promise((resolve) => guardedLookup(hosts)('localhost', { all: true }, resolve))
    expect(await look([])).toMatchObject({ name: 'PrivateAddress' })
    expect(await look(['localhost'])).toBeNull()
  })
})
