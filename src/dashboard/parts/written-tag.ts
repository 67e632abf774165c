/** Returns a tag as people read it and write it. */
export function writtenTag(key: string, value: string): string {
  return value === '' ? key : `${key}: ${value}`
}
