import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Addresses outside the private ranges that are a cloud's internal service for its machines (here Azure's). */
const CLOUD = new Set(['168.63.129.16'])

/** A host has an address that clients may not have us call. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress'
}

/**
 * Returns a look-up for a connection that fails with `PrivateAddress` if one of the host's addresses is private. The
 * address that is checked is the one that is connected to, so a name that changes in between gains nothing. Node calls
 * it for names only, not for addresses.
 * @param hosts that may have private addresses (see `isListed`)
 * @param resolve looks names up. Default: as the system does
 */
export function guardedLookup(hosts: readonly string[], resolve: LookupFunction = lookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, options, (error, address, family) => {
      const all = typeof address === 'string' ? [address] : (address ?? []).map((each) => each.address)
      const refused = !error && !isListed(bareHost(hostname), hosts) && all.some(isPrivate)
      done(refused ? new PrivateAddress() : error, address, family)
    })
  }
}

/** Returns the host of a URL in lower case, without brackets and without the dot at the end of a full name. */
export function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
}

/** Tells whether a list has a host: by its name or address, as `*.example.com`, or as `*`. */
export function isListed(host: string, hosts: readonly string[]): boolean {
  return hosts.some((each) =>
    each.startsWith('*.') ? host.endsWith(each.slice(1)) : each === '*' || bareHost(each) === host,
  )
}

/** Tells whether a name means the machine itself. */
export function isLocalName(host: string): boolean {
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
