import { beforeEach, expect, it } from 'vitest'
import { madeCalls, remember, rememberRequest } from '../../src/dashboard/api/calls.ts'
import { setKey } from '../../src/dashboard/api/key.ts'
import { commandOf } from '../../src/dashboard/parts/command.ts'

const call = { accept: undefined, body: undefined, file: undefined }
const methods = () => madeCalls().map(({ method }) => method)

beforeEach(() => {
  setKey(null)
  setKey('a-key')
})

it('calls that read push no order out of those that are remembered', () => {
  remember({ ...call, method: 'POST', url: '/jobs', body: '{}' })
  for (let at = 0; at < 300; at++) remember({ ...call, method: 'GET', url: `/jobs/${at}` })
  expect(methods().filter((method) => method === 'POST')).toHaveLength(1)
  expect(methods()).toHaveLength(61)
  expect(madeCalls()[0]?.url).toBe('/jobs/299')
  for (let at = 0; at < 300; at++) remember({ ...call, method: 'DELETE', url: `/jobs/${at}` })
  expect(methods()).toHaveLength(120)
})

it('forgets the calls when the key changes', () => {
  remember({ ...call, method: 'GET', url: '/models' })
  setKey('a-key')
  expect(madeCalls()).toHaveLength(1)
  setKey(null)
  expect(madeCalls()).toEqual([])
})

it('writes a call as the command that asks for the same kind of answer', () => {
  const headers = { 'content-type': 'text/csv', accept: 'text/csv' }
  const url = 'http://service/models/m/predict/csv?version=1'
  rememberRequest(new Request(url, { method: 'POST', headers, body: 'a\n1\n' }))
  const [made] = madeCalls()
  expect(made && commandOf(made, true)).toBe(
    `curl '${url}' -H "Authorization: Bearer $KEY" -H 'Accept: text/csv' -H 'Content-Type: text/csv' --data-binary @FILE`,
  )
  rememberRequest(new Request('http://service/models'))
  const [read] = madeCalls()
  expect(read && commandOf(read, false)).toBe("curl 'http://service/models'")
})
