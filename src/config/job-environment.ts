/** Variables that Node, its libraries and the dynamic linker read. */
const SYSTEM =
  /^(PATH|HOME|USER|TMPDIR|TMP|TEMP|LANG|TZ|SSL_CERT_(FILE|DIR)|(LC|LD|NODE|UV|MALLOC|TF|OMP)_\w+|SystemRoot)$/i
/** Settings of the service that a training process reads. The names of the others may be those of secrets. */
const SETTINGS = new Set([
  'DATA_DIR',
  'VECTORS_DIR',
  'STORE_URL',
  'JOB_SECONDS',
  'JOB_MEMORY',
  'JOB_NICE',
  'JOB_THREADS',
  'CHECKPOINT_SECONDS',
  // A training process publishes its version, and retires older ones.
  'KEEP_VERSIONS',
  'LOG_LEVEL',
  'LOG_FORMAT',
])
/** Where and how traces are sent, where they are. */
const TRACES = /^OTEL_\w+$/
/** What a store on S3 needs: its keys, or what the AWS client finds them by, and the way to the server. */
const S3 = /^(S3_ENDPOINT|CACHE_LIMIT|AWS_\w+|HTTPS?_PROXY|NO_PROXY)$/i

/**
 * Returns the environment of training processes: what they need and nothing else, so that neither the passwords of the
 * queue nor the keys of clients are in the memory of a process that works on somebody's data. Those of the store are,
 * where it is on S3: the process reads its data there, and writes its checkpoints and the version.
 */
export function jobEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const isOnS3 = env['STORE_URL']?.startsWith('s3:') ?? false
  const isTraced = (env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') !== ''
  const isNeeded = (name: string) =>
    SYSTEM.test(name) || SETTINGS.has(name) || (isOnS3 && S3.test(name)) || (isTraced && TRACES.test(name))
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isNeeded(name) ? [[name, value] as const] : [],
    ),
  )
}
