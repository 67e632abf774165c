import { createHmac } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { WebhookSettings } from '../../config/webhooks.ts'
import { VERSION } from '../../version.ts'
import { guardedLookup, PrivateAddress, urlFault } from './rules.ts'

/** What is sent: the same id each time that it is tried again. */
export interface Message {
  id: string
  body: string
}

/** How an attempt ended. */
export interface Attempted {
  /** The receiver's; null where it did not answer. */
  status: number | null
  /** Why it did not arrive, for people; null where it did. */
  error: string | null
  /** Whether another attempt is of use. */
  again: boolean
}

/** For all of it: name, connection, answer. */
const LIMIT_MS = 10_000
/** Of the answer no more is read; it says nothing beside its status. */
const MAX_ANSWER = 64 * 1024
const GONE = 410

/**
 * The headers of the Standard Webhooks specification (standardwebhooks.com, v1): HMAC-SHA256 over id, time in seconds
 * and body, joined by dots.
 */
export function signedHeaders(
  { id, body }: Message,
  key: Uint8Array,
  seconds: number,
): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}

/** Posts a message, follows nothing, and says how it went. Never rejects. @param limitMs a test may wait less */
export async function send(
  url: string,
  message: Message,
  settings: WebhookSettings,
  limitMs = LIMIT_MS,
): Promise<Attempted> {
  // What was allowed when the job was ordered need not be allowed now. A process that was started without the secret
  // says nothing about the next one.
  const fault = urlFault(url, settings)
  if (fault !== undefined || settings.key === null)
    return { status: null, error: `${fault}.`, again: settings.key === null }
  const headers = {
    ...signedHeaders(message, settings.key, Math.floor(Date.now() / 1000)),
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(message.body)),
    'user-agent': `fitserve/${VERSION}`,
  }
  try {
    const options = { headers, lookup: guardedLookup(settings.hosts), signal: AbortSignal.timeout(limitMs) }
    const status = await post(new URL(url), message.body, options)
    if (status >= 200 && status < 300) return { status, error: null, again: false }
    return { status, error: `The receiver answered ${status}.`, again: status !== GONE }
  } catch (error) {
    return { status: null, error: sentenceOf(error, limitMs), again: !(error instanceof PrivateAddress) }
  }
}

function post(
  url: URL,
  body: string,
  options: Pick<http.RequestOptions, 'headers' | 'lookup' | 'signal'>,
): Promise<number> {
  const { request } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, method: 'POST', agent: false }, (answer) => {
      // Nothing that follows changes it; a receiver that is cut off before its last word might take it for a failure.
      resolve(answer.statusCode ?? 0)
      let bytes = 0
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (bytes > MAX_ANSWER) answer.destroy()
      })
      answer.on('error', () => {})
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Says what happened without an address or a library's words in it. */
function sentenceOf(error: unknown, limitMs: number): string {
  if (error instanceof PrivateAddress)
    return 'The host has a private address, and WEBHOOK_HOSTS of the service does not name it.'
  if (!(error instanceof Error)) return 'The receiver cannot be reached.'
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `The receiver did not answer within ${limitMs / 1000} s.`
  const code = 'code' in error && /^[A-Z_]{3,40}$/.test(String(error.code)) ? ` (${error.code})` : ''
  return `The receiver cannot be reached${code}.`
}
