import { hasTag } from '../../registry/descriptions.ts'
import type { Description } from '../../registry/model-log.ts'

/** Tells whether something has a tag that is asked for as `key` or `key:value`. @param asked undefined: any or none */
export function isTagged(described: Pick<Description, 'tags'>, asked: string | undefined): boolean {
  if (asked === undefined) return true
  const colon = asked.indexOf(':')
  return colon < 0
    ? hasTag(described, asked, undefined)
    : hasTag(described, asked.slice(0, colon), asked.slice(colon + 1))
}
