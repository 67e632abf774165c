import { createHmac } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { WebhookSettings } from '../../config/webhooks.ts'
import { guardedLookup, PrivateAddress } from '../../runtime/addresses.ts'
import { VERSION } from '../../version.ts'
import { urlFault } from './rules.ts'

/** A message to a webhook. */
export interface Message {
  /** The same in every attempt, so that the receiver can tell a repetition. */
  id: string
  /** JSON text. */
  body: string
}

/** Result of an attempt to deliver. */
export interface Attempted {
  /** HTTP status of the answer; null if none came. */
  status: number | null
  /** Why it failed, as a sentence for people; null if it was delivered. */
  error: string | null
  /** Whether another attempt may help. */
  again: boolean
}

/** Limit on one attempt with look-up, connection and answer, in ms. */
const LIMIT_MS = 10_000
/** Bytes of the answer that are read (and ignored) before the connection is cut; only the status matters. */
const MAX_ANSWER = 64 * 1024
/** Status by which a receiver says that it wants no more messages. */
const GONE = 410

/**
 * Returns the headers of the Standard Webhooks specification (standardwebhooks.com, v1): HMAC-SHA256 over id, time in
 * seconds and body, joined by dots.
 */
export function signedHeaders(
  { id, body }: Message,
  key: Uint8Array,
  seconds: number,
): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}

/** Posts a message and follows no redirect. Never rejects. @param limitMs limit in ms; tests wait less */
export async function send(
  url: string,
  message: Message,
  settings: WebhookSettings,
  limitMs = LIMIT_MS,
): Promise<Attempted> {
  // An address that was allowed at the order may be refused now. Without the secret this process cannot sign, but the
  // next one may have it, so another attempt may help.
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
      // The status decides. The rest is read, since a receiver that is cut off early might take that for a failure.
      resolve(answer.statusCode ?? 0)
      let bytes = 0
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (bytes > MAX_ANSWER) answer.destroy()
      })
      // The status has arrived, so an error after it changes nothing.
      answer.on('error', () => {})
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Returns a sentence for an error, without an address or the message of a library. */
function sentenceOf(error: unknown, limitMs: number): string {
  if (error instanceof PrivateAddress)
    return 'The host has a private address, and WEBHOOK_HOSTS of the service does not name it.'
  if (!(error instanceof Error)) return 'The receiver cannot be reached.'
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `The receiver did not answer within ${limitMs / 1000} s.`
  const code = 'code' in error && /^[A-Z_]{3,40}$/.test(String(error.code)) ? ` (${error.code})` : ''
  return `The receiver cannot be reached${code}.`
}
