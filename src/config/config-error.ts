/** Settings that cannot be used; the message names each with what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
