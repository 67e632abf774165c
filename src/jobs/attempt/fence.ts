import type { JobRecords } from '../records/records.ts'

/** Thrown in an attempt that was thought dead and replaced by a later one: it must change nothing any more. */
export class Fenced extends Error {
  override readonly name = 'Fenced'

  constructor(message = 'Another attempt has the job.') {
    super(message)
  }
}

/** Keeps an outdated attempt from writing: an attempt is outdated once a later number is claimed. */
export class Fence {
  readonly #records: JobRecords
  readonly #id: string
  readonly #attempt: number

  constructor(records: JobRecords, id: string, attempt: number) {
    this.#records = records
    this.#id = id
    this.#attempt = attempt
  }

  /** @throws Fenced where a later attempt has begun; a store that does not answer fences nothing */
  async check(): Promise<void> {
    if (await this.#records.isOvertaken(this.#id, this.#attempt).catch(() => false)) throw new Fenced()
  }
}
