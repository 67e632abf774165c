// A process of its own: sends rows as NDJSON and counts the answers. Arguments: address, file of lines, times it is
// sent.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const [url, file, times] = process.argv.slice(2)
if (!url || !file || !times) throw new Error('address, file and times are needed')
const bytes = readFileSync(file)
const CHUNK = 65_536
const NEWLINE = 0x0a

function* chunks(): Generator<Buffer> {
  for (let round = 0; round < Number(times); round++)
    for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK)
}

const begin = performance.now()
const sending = request(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } })
const answered = new Promise<number>((resolve, reject) => {
  sending.once('error', reject)
  sending.once('response', (response) => {
    let lines = 0
    let errors = ''
    response.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === NEWLINE) lines += 1
      if (response.statusCode !== 200 || chunk.includes('"error"')) errors = chunk.toString().slice(0, 300)
    })
    response.once('error', reject)
    response.once('end', () => (errors ? reject(new Error(errors)) : resolve(lines)))
  })
})
await pipeline(Readable.from(chunks()), sending)
const rows = await answered
console.log(JSON.stringify({ rows, seconds: (performance.now() - begin) / 1000 }))
