import { answerOf, api } from '../../api/client.ts'

/** Pages that are asked for at most: each looks at some hundred versions, of which conditions may leave out all. */
const MAX_PAGES = 10
/** Versions that the service lists in one answer at most. */
const MAX_LIMIT = 500

/** Versions that are shown, and whether there are others behind them. */
export interface FoundVersions {
  numbers: readonly number[]
  hasMore: boolean
}

/** Returns the first of all versions. */
export function firstOf(numbers: readonly number[], count: number): FoundVersions {
  return { numbers: numbers.slice(0, count), hasMore: numbers.length > count }
}

/** Asks for the newest versions that fulfil conditions. @throws ProblemError for a text that is none */
export async function foundVersions(
  model: string,
  where: string,
  count: number,
  signal: AbortSignal,
): Promise<FoundVersions> {
  const numbers: number[] = []
  let next: string | null = null
  for (let pages = 0; pages < MAX_PAGES && (pages === 0 || next !== null); pages++) {
    const cursor: { cursor?: string } = next === null ? {} : { cursor: next }
    const query = { where, limit: Math.min(count - numbers.length, MAX_LIMIT), ...cursor }
    const page = await answerOf(
      api.GET('/models/{name}/versions', { params: { path: { name: model }, query }, signal }),
    )
    numbers.push(...page.items.map(({ version }) => version))
    next = page.next
    if (numbers.length >= count) break
  }
  return { numbers, hasMore: next !== null }
}
