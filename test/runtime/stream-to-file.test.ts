import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { streamToFile } from '../../src/runtime/stream-to-file.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = await temporaryFolder()

it('writes the bytes of a stream to a file, anew or behind what it has', async () => {
  const file = join(folder, 'bytes')
  await streamToFile(file, Readable.from([Buffer.from('first')]))
  await streamToFile(file, Readable.from([Buffer.from('one'), Buffer.from(', two')]))
  await streamToFile(file, Readable.from([Buffer.from('; three')]), { flags: 'a' })
  expect(await readFile(file, 'utf8')).toBe('one, two; three')
})

it('writes pieces of a byte each in their order', async () => {
  const bytes = Array.from({ length: 3000 }, (_, at) => Buffer.of(at % 251))
  await streamToFile(join(folder, 'pieces'), Readable.from(bytes))
  expect(await readFile(join(folder, 'pieces'))).toEqual(Buffer.concat(bytes))
})

it('has made the file before it asks for the first byte', async () => {
  const file = join(folder, 'early')
  async function* refusing() {
    yield* existsSync(file) ? [] : ['too late']
    throw new Error('refused')
  }
  await expect(streamToFile(file, refusing())).rejects.toThrow('refused')
  expect(await readdir(folder)).toContain('early')
  expect(await readFile(file, 'utf8')).toBe('')
})

it('destroys the stream where the file cannot be opened', async () => {
  const source = Readable.from(['a'])
  await expect(streamToFile(join(folder, 'none', 'file'), source)).rejects.toThrow('ENOENT')
  expect(source.destroyed).toBe(true)
})

it('ends when its signal does, and leaves no stream open', async () => {
  const controller = new AbortController()
  const source = new Readable({ read() {} })
  const written = streamToFile(join(folder, 'ended'), source, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(written).rejects.toThrow()
  expect(source.destroyed).toBe(true)
})

it('writes pieces of all sizes in their order', async () => {
  const file = join(folder, 'pieces')
  const pieces = Array.from({ length: 400 }, (_, at) => Buffer.alloc((at * 7919) % 20_011, at % 251))
  const large = Buffer.alloc(3 * 2 ** 20, 'x')
  await streamToFile(file, Readable.from([...pieces, large, 'end', '', ...pieces]))
  expect(
    (await readFile(file)).equals(Buffer.concat([...pieces, large, Buffer.from('end'), ...pieces])),
  ).toBe(true)
})

it('fails as its source does, even behind what was written', async () => {
  async function* breaking() {
    for (let piece = 0; piece < 5; piece++) yield Buffer.alloc(2 ** 19)
    throw new Error('broken off')
  }
  await expect(streamToFile(join(folder, 'broken'), breaking())).rejects.toThrow('broken off')
})
