import { tagsIn } from './tag-lines.ts'

/** What stands in the fields of the form: the text, and the tags as lines. */
export interface Written {
  description: string
  lines: string
}

/** What the form sends. */
export interface Edited {
  description?: string
  tags?: Record<string, string>
}

/** Returns what was edited of a description and tags: what somebody else has changed of the rest meanwhile stays. */
export function edited(before: Written, after: Written): Edited {
  return {
    ...(after.description === before.description ? {} : { description: after.description }),
    ...(after.lines === before.lines ? {} : { tags: tagsIn(after.lines) }),
  }
}
