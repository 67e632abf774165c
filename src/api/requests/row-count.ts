import { FitserveError } from '../../errors.ts'
import { counted } from '../../numbers.ts'

/**
 * Checks that a request has at least one row, and no more than it may.
 * @param path JSON pointer to the rows
 * @param advice sentence for those who have more rows. Default: none
 * @throws FitserveError `invalid-rows`
 */
export function checkRowCount(
  { length }: { readonly length: number },
  { most, path, advice = '' }: { most: number; path: string; advice?: string },
): void {
  if (length > 0 && length <= most) return
  const message =
    length === 0
      ? 'Expected at least one row.'
      : [`Expected at most ${counted(most, 'row')}, got ${length}.`, advice].join(' ').trim()
  throw new FitserveError('invalid-rows', message, { problems: [{ path, message }] })
}
