import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { WebhookSettings } from '../../config/webhooks.ts'

/** Addresses outside the private ranges that are a cloud's internal service for its machines (here Azure's). */
const CLOUD = new Set(['168.63.129.16'])

/** A host has an address that clients may not have us call. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress'
}

/** Returns the fault of a webhook's address, as far as it shows without looking names up; undefined if it has none. */
export function urlFault(url: string, { key, hosts }: WebhookSettings): string | undefined {
  if (!URL.canParse(url)) return 'Expected an address such as "https://example.com/hook"'
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:')
    return 'Expected an address that begins with https:// or http://'
  if (username !== '' || password !== '') return 'An address must not contain a user or password'
  if (key === null) return 'This service sends no webhooks: WEBHOOK_SECRET, which signs them, is not set'
  const host = bare(hostname)
  if (!isListed(host, hosts) && (isLocalName(host) || (isIP(host) !== 0 && isPrivate(host))))
    return 'The address is private or local, and WEBHOOK_HOSTS of the service does not name its host'
  return undefined
}

/**
 * Returns a look-up for a connection that fails with `PrivateAddress` if one of the host's addresses is private. The
 * address that is checked is the one that is connected to, so a name that changes in between gains nothing. Node calls
 * it for names only, not for addresses.
 */
export function guardedLookup(hosts: readonly string[]): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, options, (error, address, family) => {
      const all = typeof address === 'string' ? [address] : (address ?? []).map((each) => each.address)
      const refused = !error && !isListed(bare(hostname), hosts) && all.some(isPrivate)
      done(refused ? new PrivateAddress() : error, address, family)
    })
  }
}

/** Returns the host of a URL in lower case, without brackets and without the dot at the end of a full name. */
function bare(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
}

function isListed(host: string, hosts: readonly string[]): boolean {
  return hosts.some((each) =>
    each.startsWith('*.') ? host.endsWith(each.slice(1)) : each === '*' || bare(each) === host,
  )
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

/** Tells whether an address is anything but the public address of a single machine. */
export function isPrivate(address: string): boolean {
  if (!ipaddr.isValid(address)) return true
  // An IPv4-mapped IPv6 address counts as its IPv4 address.
  const known = ipaddr.process(address)
  return known.range() !== 'unicast' || CLOUD.has(known.toString()) || isIpv4Compatible(known)
}

/**
 * Tells whether an address has the form `::10.0.0.1`: deprecated (RFC 4291), but some systems take it for the IPv4
 * address.
 */
function isIpv4Compatible(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return (
    address.kind() === 'ipv6' &&
    address
      .toByteArray()
      .slice(0, 12)
      .every((byte) => byte === 0)
  )
}
