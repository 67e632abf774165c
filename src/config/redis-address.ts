/** Where a Redis is: a single server, servers behind sentinels, or a cluster. */
export interface RedisAddress {
  kind: 'server' | 'sentinel' | 'cluster'
  tls: boolean
  nodes: readonly { host: string; port: number }[]
  username: string | undefined
  password: string | undefined
  /** Number of the database; a cluster has only 0. */
  db: number
  /** Name of the primary among the sentinels. Default: mymaster. */
  name: string
  sentinelUsername: string | undefined
  sentinelPassword: string | undefined
}

const FORM =
  /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#\s]*)@)?([^@/?#\s]+)(?:\/(\d{1,4})?)?(?:\?([^#\s]*))?$/
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/
const PORTS = { server: 6379, sentinel: 26_379, cluster: 6379 }
const SENTINEL = new Set(['name', 'sentinelUsername', 'sentinelPassword'])

/**
 * Reads `redis://user:password@host:6379/0`, `redis+sentinel://…@host:26379,host:26379/0?name=mymaster` (and
 * `&sentinelUsername=…&sentinelPassword=…`) or `redis+cluster://…@host:6379,host:6379`; `rediss` means TLS.
 * Returns undefined for anything else.
 */
export function readRedisAddress(url: string): RedisAddress | undefined {
  const [, scheme, form = 'server', login, hosts = '', db = '0', query = ''] = FORM.exec(url) ?? []
  const kind = form === 'sentinel' || form === 'cluster' ? form : 'server'
  const nodes = hosts.split(',').map((host) => readNode(host, PORTS[kind]))
  const [username, password] = readLogin(login)
  const options = new URLSearchParams(query)
  if (scheme === undefined || nodes.includes(undefined) || password === null) return undefined
  if (kind === 'server' && nodes.length > 1) return undefined
  if (kind === 'cluster' && Number(db) !== 0) return undefined
  if ([...options.keys()].some((key) => kind !== 'sentinel' || !SENTINEL.has(key))) return undefined
  return {
    kind,
    tls: scheme === 'rediss',
    username: username || undefined,
    password,
    db: Number(db),
    nodes: nodes.filter((node) => node !== undefined),
    name: options.get('name') || 'mymaster',
    sentinelUsername: options.get('sentinelUsername') ?? undefined,
    sentinelPassword: options.get('sentinelPassword') ?? undefined,
  }
}

function readNode(text: string, standard: number): { host: string; port: number } | undefined {
  const [, host, port = String(standard)] = NODE.exec(text) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** Returns user name and password. A password of null could not be decoded. */
function readLogin(login = ''): [username: string, password: string | undefined | null] {
  const [username = '', ...rest] = login.split(':')
  try {
    return [decodeURIComponent(username), rest.length === 0 ? undefined : decodeURIComponent(rest.join(':'))]
  } catch {
    return ['', null]
  }
}
