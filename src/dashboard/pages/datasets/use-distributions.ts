import { answerOf, api, type Schemas } from '../../api/client.ts'
import { type Loaded, useLoad } from '../../parts/use-load.ts'

type Page = Schemas['DistributionPage']

/** Columns that are asked for at once. */
const MAX_PAGE = 100

/** How the columns are distributed, by name, and how many rows were looked at. */
export interface Distributions {
  byColumn: ReadonlyMap<string, Page['items'][number]>
  rows: number
  sampled: number
}

/** Loads the distributions of the first columns of a data set, a page after another. */
export function useDistributions(dataset: string, columns: number): Loaded<Distributions> {
  return useLoad(
    async (signal) => {
      const items: Page['items'] = []
      let cursor: string | null = null
      let page: Page
      do {
        const limit = Math.min(MAX_PAGE, columns - items.length)
        const query: { limit: number; cursor?: string } = cursor === null ? { limit } : { limit, cursor }
        page = await answerOf(
          api.GET('/datasets/{dataset}/distributions', { params: { path: { dataset }, query }, signal }),
        )
        items.push(...page.items)
        cursor = page.next
      } while (cursor !== null && items.length < columns)
      const { rows, sampled } = page
      return { byColumn: new Map(items.map((each) => [each.column, each])), rows, sampled }
    },
    [dataset, columns],
  )
}
