import { FitserveError } from '../../src/errors.ts'

/** Returns the refusal that work ends in. @throws whatever else it throws, or an error if it is not refused */
export async function refusal(work: () => unknown): Promise<FitserveError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof FitserveError) return error
    throw error
  }
  throw new Error('Expected a refusal')
}
