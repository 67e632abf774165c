import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One entry of a page below docs/decisions/. */
export interface Decision {
  /** Such as `D-17`. Ids are never given twice. */
  id: string
  title: string
  /** The page, such as `store.md`. */
  page: string
  pageTitle: string
  /** What follows `Status:` up to the first full stop or semicolon, such as `stands` or `replaced by D-51`. */
  status: string
  /** Files and folders below the project's root that the decision governs. */
  governs: string[]
  /** Whether the entry says anything beyond its status. */
  explained: boolean
}

const ENTRY = /^### (D-\d+) (.+)$/

/** Reads all entries, in the order of their ids. @param root the project's folder */
export function readDecisions(root: string): Decision[] {
  const folder = join(root, 'docs', 'decisions')
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
  return pages
    .flatMap((page) => readPage(page, readFileSync(join(folder, page), 'utf8')))
    .sort((a, b) => numberOf(a.id) - numberOf(b.id))
}

function readPage(page: string, text: string): Decision[] {
  const pageTitle = /^# (.+)$/m.exec(text)?.[1] ?? page
  return text
    .split(/^(?=### )/m)
    .slice(1)
    .map((entry) => {
      const [heading = '', status = '', ...body] = entry.split('\n')
      const [, id = '', title = ''] = ENTRY.exec(heading) ?? []
      return {
        id,
        title,
        page,
        pageTitle,
        status: /^Status: ([^.;]+)/.exec(status)?.[1] ?? '',
        governs: [...status.replace(/^.*?Governs:/, '').matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
        explained: body.join('').trim() !== '',
      }
    })
}

/** Returns what is wrong with the entries, a sentence for each fault. @param root the project's folder */
export function decisionFaults(root: string, decisions: readonly Decision[]): string[] {
  const faults: string[] = []
  const ids = new Set<string>()
  for (const { id, title, page, status, governs, explained } of decisions) {
    const name = `docs/decisions/${page}: ${id || title || 'an entry'}`
    if (!/^D-\d+$/.test(id)) faults.push(`${name} has no id: "### D-17 Title" is expected.`)
    if (ids.has(id)) faults.push(`${name} has an id that another entry has too.`)
    ids.add(id)
    if (!/^(stands|replaced by D-\d+)$/.test(status))
      faults.push(`${name} has the status "${status}": "stands" or "replaced by D-17" is expected.`)
    if (status === 'stands' && !explained) faults.push(`${name} gives no reason.`)
    if (status === 'stands' && governs.length === 0)
      faults.push(`${name} does not say which files it governs.`)
    for (const path of governs.filter((each) => !each.includes(' ') && !existsSync(join(root, each))))
      faults.push(`${name} governs ${path}, which does not exist.`)
  }
  for (const { id, page, status } of decisions) {
    const [, later] = /^replaced by (D-\d+)$/.exec(status) ?? []
    if (later !== undefined && !ids.has(later))
      faults.push(`docs/decisions/${page}: ${id} is replaced by ${later}, which does not exist.`)
  }
  return faults
}

/** Returns the index as a page of Markdown: one table for each page, in the order of the ids. */
export function decisionIndex(decisions: readonly Decision[]): string {
  const lines = [
    '# Decisions',
    '',
    'Why fitserve is built as it is, by part. An id such as D-17 in a comment of the code points here. `npm run decisions`',
    'writes this index.',
  ]
  for (const page of new Set(decisions.map((each) => each.page).toSorted())) {
    const entries = decisions.filter((each) => each.page === page)
    lines.push(
      '',
      `## [${entries[0]?.pageTitle}](${page})`,
      '',
      '| id | decision | status |',
      '| --- | --- | --- |',
    )
    for (const { id, title, status } of entries)
      lines.push(`| ${id} | [${title}](${page}#${anchorOf(`${id} ${title}`)}) | ${status} |`)
  }
  return `${lines.join('\n')}\n`
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} -]/gu, '')
    .replaceAll(' ', '-')
}

function numberOf(id: string): number {
  return Number(id.slice(2))
}
