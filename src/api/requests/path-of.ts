/**
 * Returns the path of a request's address as the router reads it: up to the query, or up to a `#`, which no client
 * should send.
 */
export function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? ''
}
