/** Runs a piece of work after all the work that was handed over before it. */
export type Serial = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Returns a function that runs asynchronous works one after the other, in the order of the calls. Its promise settles
 * as the work does. A work that fails does not hold up the next one.
 */
export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    // The caller receives the failure; it must not reach the works behind.
    last = result.catch(() => undefined)
    return result
  }
}
