import { expect, it } from 'vitest'
import { PageRoom } from '../src/page.ts'

it('a page of large items has as many as fit into 8 MiB of JSON, and one at least', () => {
  const item = { text: 'x'.repeat(2 ** 20) }
  const room = new PageRoom()
  expect(Array.from({ length: 9 }, () => room.takes(item))).toEqual([...Array(7).fill(true), false, false])
  const small = new PageRoom()
  expect([small.takes({ text: 'x'.repeat(2 ** 24) }), small.takes(1)]).toEqual([true, false])
})
