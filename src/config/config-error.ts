/** Settings are invalid. The message names each of them with the values that are allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
