import { spawnSync } from 'node:child_process'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { TlsFiles } from '../../src/runtime/tls-files.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describe.skipIf(!hasOpenssl)('a certificate and its key', () => {
  let folder: string
  const path = (name: string) => join(folder, name)
  const make = (name: string) =>
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      path(`${name}.key`),
      '-out',
      path(`${name}.crt`),
    ])
  const put = async (cert: string, key: string) => {
    await copyFile(path(`${cert}.crt`), path('cert'))
    await copyFile(path(`${key}.key`), path('key'))
  }
  const open = () => new TlsFiles({ cert: path('cert'), key: path('key') })
  beforeAll(async () => {
    folder = await temporaryFolder('tls')
    for (const name of ['one', 'two']) expect(make(name).status).toBe(0)
  })

  it('are read again, for all servers that follow them', async () => {
    await put('one', 'one')
    const files = open()
    expect(files.paths).toEqual([path('cert'), path('key')])
    const first = files.pair
    expect(String(first.cert)).toContain('BEGIN CERTIFICATE')
    expect(String(first.key)).toContain('PRIVATE KEY')
    const servers = [1, 2].map(() => ({ setSecureContext: vi.fn() }))
    for (const server of servers) files.follow(server)
    expect(files.reload(), 'nothing has changed').toBe(false)
    expect(servers[0]?.setSecureContext).not.toHaveBeenCalled()
    await put('two', 'two')
    expect(files.reload()).toBe(true)
    expect(files.pair.cert.equals(first.cert)).toBe(false)
    for (const { setSecureContext } of servers) expect(setSecureContext.mock.calls).toEqual([[files.pair]])
    // The same key written in another way is another file.
    await writeFile(path('key'), `${files.pair.key}\n`)
    expect(files.reload()).toBe(true)
  })

  it('are refused where they do not fit together, and those from before stay', async () => {
    await put('one', 'one')
    const files = open()
    const { pair } = files
    const server = { setSecureContext: vi.fn() }
    files.follow(server)
    await put('two', 'one')
    expect(() => files.reload()).toThrow()
    expect(files.pair).toBe(pair)
    expect(server.setSecureContext).not.toHaveBeenCalled()
    expect(open).toThrow()
    expect(() => new TlsFiles({ cert: path('none'), key: path('key') })).toThrow('ENOENT')
  })
})
