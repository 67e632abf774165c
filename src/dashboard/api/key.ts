let key: string | null = null
const listeners = new Set<() => void>()

/** Returns the API key that requests send; null: none. */
export function currentKey(): string | null {
  return key
}

/** Sets the API key that requests send; null: none. */
export function setKey(next: string | null): void {
  if (next === key) return
  key = next
  for (const listener of listeners) listener()
}

/** Calls a listener whenever the key changes: the next user of the tab may be another one, who may see less. */
export function whenKeyChanges(listener: () => void): void {
  listeners.add(listener)
}
