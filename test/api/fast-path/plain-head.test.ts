import { describe, expect, it } from 'vitest'
import { HeadReader, type PlainHead, readHead } from '../../../src/api/fast-path/plain-head.ts'

const LINE = 'POST /predict HTTP/1.1'
const HOST = 'Host: a'
const head = (...fields: string[]) => [LINE, HOST, ...fields].join('\r\n')
const from = (line: string) => [line, HOST].join('\r\n')

describe('a plain head', () => {
  it('is read with its names in lower case', () => {
    const headers = { host: 'a', 'content-type': 'text/plain', 'content-length': '12' }
    const read = readHead(head('Content-Type: text/plain', 'content-LENGTH:12'))
    expect({ ...read, headers: { ...read?.headers } }).toEqual({ method: 'POST', url: '/predict', headers })
  })

  it.each([
    'transfer-encoding',
    'trailer',
    'te',
    'expect',
    'upgrade',
    'proxy-connection',
    'keep-alive',
    'http2-settings',
  ])('has no %s, which may change where the request ends', (name) => {
    expect(readHead(head(`x-${name}: x`))).toBeDefined()
    expect(readHead(head(`${name}: x`))).toBeUndefined()
    expect(readHead(head('X: y', `${name.toUpperCase()}:x`, 'Z: y'))).toBeUndefined()
  })

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'may have the method %s',
    (method) => {
      expect(readHead(from(`${method} / HTTP/1.1`))?.method).toBe(method)
    },
  )

  it.each([
    'CONNECT / HTTP/1.1',
    'TRACE / HTTP/1.1',
    'get / HTTP/1.1',
    'XGET / HTTP/1.1',
    ' GET / HTTP/1.1',
    'GET  / HTTP/1.1',
    'GET * HTTP/1.1',
    'GET a/ HTTP/1.1',
    'GET http://a/ HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /é HTTP/1.1',
    'GET /\u007f HTTP/1.1',
    'GET /\t HTTP/1.1',
    'GET / HTTP/1.0',
    'GET / HTTP/1.11',
    'GET / HTTP/1.1 ',
    'GET / http/1.1',
    'GET /',
  ])('does not begin with %j', (line) => {
    expect(readHead(from(line))).toBeUndefined()
  })

  it('may have any visible character in its path', () => {
    expect(readHead(from('GET /!~%20?a=b#c HTTP/1.1'))?.url).toBe('/!~%20?a=b#c')
  })

  it.each([
    ['X:', 'an empty value'],
    ['X: ', 'a blank value'],
    ['X:  y', 'two spaces'],
    ['X:\ty', 'a tab before the value'],
    ['X: y ', 'a space behind the value'],
    ['X: a\tb', 'a tab in the value'],
    ['X: é', 'a letter outside of ASCII'],
    ['X: a\u007f', 'a control character'],
    ['X : y', 'a space behind the name'],
    [' X: y', 'a folded line'],
    ['(X): y', 'a name with brackets'],
    [': y', 'no name'],
    ['X', 'no colon'],
    ['', 'an empty line'],
    ['HOST: a', 'a header twice'],
    [`${'x'.repeat(65)}: y`, 'a long name'],
  ])('has no field %j: %s', (field) => {
    expect(readHead(head(field))).toBeUndefined()
  })

  it.each(['X: y', 'X:y', 'X: a b', 'X: ~!', "a!#$%&'*+.^`|~-9_: y", `${'x'.repeat(64)}: y`])(
    'may have the field %j',
    (field) => {
      expect(readHead(head(field))).toBeDefined()
    },
  )

  it.each(['constructor', '__proto__'])('may have a field that objects inherit: %s', (name) => {
    expect(readHead(head(`${name}: y`))?.headers[name]).toBe('y')
  })

  it.each(['0', '1', '10', '123456789'])('may have the length %s', (length) => {
    expect(readHead(head(`Content-Length: ${length}`))?.headers['content-length']).toBe(length)
  })

  it.each(['00', '01', '+1', '-1', '1.0', '1e3', '0x1', '1 1', '1,1', 'a', '1234567890'])(
    'has no length of %s',
    (length) => {
      expect(readHead(head(`Content-Length: ${length}`))).toBeUndefined()
    },
  )

  it('keeps its connection, and names its host', () => {
    expect(readHead(head('Connection: keep-alive'))).toBeDefined()
    expect(readHead(head('Connection: Keep-Alive'))).toBeDefined()
    for (const connection of ['close', 'upgrade', 'keep-alive, te', 'keep-alive, close', 'x-keep-alive'])
      expect(readHead(head(`Connection: ${connection}`))).toBeUndefined()
    expect(readHead(`${LINE}\r\nX: y`)).toBeUndefined()
    expect(readHead(LINE)).toBeUndefined()
  })
})

describe('a reader of heads', () => {
  const NOISE = 'noise'
  const sent = (length: number, body: string, ...fields: string[]) =>
    `${head(...fields, `Content-Length: ${length}`, 'X: y')}\r\n\r\n${body}`
  /** A reader that takes all heads but those of `/no`, and what it was asked to classify. */
  function reader() {
    const classified: PlainHead[] = []
    const heads = new HeadReader<string>((read) => {
      classified.push(read)
      return read.url === '/no' ? undefined : read.url
    })
    const read = (text: string, at = 0) => heads.read(Buffer.from(text, 'latin1'), at)
    return { heads, read, classified }
  }

  it('finds a body anywhere in the bytes, and asks of equal heads once', () => {
    const { heads, read, classified } = reader()
    const first = sent(2, '{}')
    const second = sent(10, '0123456789')
    const all = `${NOISE}${first}${second}`
    expect(read(all, NOISE.length)).toBe('/predict')
    const at = NOISE.length + first.length
    expect([heads.bodyStart, heads.bodyEnd, heads.isFramed, heads.isWaiting]).toEqual([
      at - 2,
      at,
      true,
      false,
    ])
    expect(read(all, at)).toBe('/predict')
    expect([heads.bodyStart, heads.bodyEnd, heads.isFramed, heads.isWaiting]).toEqual([
      all.length - 10,
      all.length,
      true,
      false,
    ])
    expect(classified).toHaveLength(1)
  })

  it('waits for the rest of a body, of the first request and of a later one', () => {
    const { heads, read } = reader()
    for (const length of [5, 12]) {
      expect(read(sent(length, 'ab'))).toBeUndefined()
      expect([heads.isFramed, heads.isWaiting]).toEqual([true, true])
      expect(heads.bodyEnd - heads.bodyStart).toBe(length)
      expect(read(sent(length, 'x'.repeat(length)))).toBe('/predict')
    }
  })

  it('waits for the rest of a head like the last one, wherever it is cut off', () => {
    const { heads, read } = reader()
    const bytes = sent(7, '1234567')
    // Nothing is known of the first head before all of it is there.
    expect(read(bytes.slice(0, 30))).toBeUndefined()
    expect([heads.isFramed, heads.isWaiting]).toEqual([false, false])
    expect(read(bytes)).toBe('/predict')
    const next = sent(90, '')
    for (let end = 1; end < next.length; end++) {
      expect(read(NOISE + next.slice(0, end), NOISE.length)).toBeUndefined()
      expect([end, heads.isFramed, heads.isWaiting]).toEqual([end, false, true])
      expect([heads.bodyStart, heads.bodyEnd]).toEqual([NOISE.length + end, NOISE.length + end])
    }
  })

  it.each([
    ['another line', (bytes: string) => bytes.replace('/predict', '/predicT')],
    ['another host', (bytes: string) => bytes.replace('Host: a', 'Host: b')],
    ['another field behind the length', (bytes: string) => bytes.replace('X: y', 'X: z')],
  ])('takes a head with %s for a new one', (_what, change) => {
    const { heads, read, classified } = reader()
    const bytes = sent(2, '{}')
    expect(read(bytes)).toBe('/predict')
    const other = change(bytes)
    expect(read(other)).toBe(/^POST (\S+)/.exec(other)?.[1])
    expect([heads.isFramed, classified.length]).toEqual([true, 2])
    expect(read(other.slice(0, -3))).toBeUndefined()
    expect(heads.isWaiting).toBe(true)
    expect(read(bytes.slice(0, -3))).toBeUndefined()
    expect(heads.isWaiting).toBe(false)
  })

  it.each(['', '0', '02', 'x', '1234567890'])(
    'does not take a known head with the length "%s" for one that it knows',
    (digits) => {
      const { heads, read } = reader()
      expect(read(sent(2, '{}'))).toBe('/predict')
      const odd = sent(2, '{}').replace('Content-Length: 2', `Content-Length: ${digits}`)
      expect(read(odd)).toBe(digits === '0' ? '/predict' : undefined)
      expect([heads.isFramed, heads.isWaiting]).toEqual([digits === '0', false])
      if (digits === '0') expect(heads.bodyEnd).toBe(heads.bodyStart)
    },
  )

  it('knows nothing before its first head', () => {
    const { heads } = reader()
    expect([heads.bodyStart, heads.bodyEnd, heads.isFramed, heads.isWaiting]).toEqual([0, 0, false, false])
  })

  it('takes a length of nine digits, the largest, in a head that it knows', () => {
    const { heads, read, classified } = reader()
    expect(read(sent(2, '{}'))).toBe('/predict')
    expect(read(sent(123_456_789, 'x'))).toBeUndefined()
    expect([heads.isWaiting, heads.bodyEnd - heads.bodyStart]).toEqual([true, 123_456_789])
    expect(read(sent(9, '123456789'))).toBe('/predict')
    expect(read(sent(90, 'x'.repeat(90)))).toBe('/predict')
    expect(classified).toHaveLength(1)
  })

  it('finds the length where its digits and its name occur before', () => {
    const { heads, read, classified } = reader()
    const fields = ['A: 31', 'X-Content-Length: 31']
    expect(read(sent(31, 'x'.repeat(31), ...fields))).toBe('/predict')
    expect(read(sent(4, 'abcd', ...fields))).toBe('/predict')
    expect([heads.bodyEnd - heads.bodyStart, classified.length]).toEqual([4, 1])
  })

  it('knows where a request ends that is not taken, and keeps the head that was', () => {
    const { heads, read, classified } = reader()
    const good = sent(2, '{}')
    const bad = good.replace('/predict', '/no')
    expect(read(good)).toBe('/predict')
    expect(read(bad)).toBeUndefined()
    expect([heads.isFramed, heads.isWaiting, heads.bodyEnd]).toEqual([true, false, bad.length])
    expect(read(good)).toBe('/predict')
    expect(classified).toHaveLength(2)
  })

  it('frames a head of 4096 bytes with its empty line, and no longer one', () => {
    const filled = (bytes: number) => {
      const rest = `${head('Y: ')}\r\n\r\n`.length
      return `${head(`Y: ${'x'.repeat(bytes - rest)}`)}\r\n\r\n`
    }
    const { heads, read } = reader()
    expect(filled(4096)).toHaveLength(4096)
    expect(read(NOISE + filled(4096), NOISE.length)).toBe('/predict')
    const other = reader()
    expect(other.read(NOISE + filled(4097), NOISE.length)).toBeUndefined()
    expect([heads.isFramed, other.heads.isFramed]).toEqual([true, false])
  })

  it('reads no head before its empty line is there', () => {
    const { heads, read, classified } = reader()
    const bytes = `${head('X: yz')}\r\n\r\n`
    for (let end = 0; end < bytes.length; end++) {
      expect(read(bytes.slice(0, end))).toBeUndefined()
      expect([end, heads.isFramed, heads.isWaiting]).toEqual([end, false, false])
    }
    expect(classified).toEqual([])
  })

  it('takes a request without a length to end with its head', () => {
    const { heads, read } = reader()
    const bytes = `${head()}\r\n\r\n`
    expect(read(bytes)).toBe('/predict')
    expect([heads.bodyStart, heads.bodyEnd]).toEqual([bytes.length, bytes.length])
  })
})
