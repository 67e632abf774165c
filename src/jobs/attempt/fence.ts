import type { JobRecords } from '../records/records.ts'

/** An attempt that goes on after another has begun: it was thought dead, and is to change nothing any more. */
export class Fenced extends Error {
  override readonly name = 'Fenced'

  constructor(message = 'Another attempt has the job.') {
    super(message)
  }
}

/** The token of an attempt: its number, which is worth something while no later one is claimed. */
export class Fence {
  readonly #records: JobRecords
  readonly #id: string
  readonly #attempt: number

  constructor(records: JobRecords, id: string, attempt: number) {
    this.#records = records
    this.#id = id
    this.#attempt = attempt
  }

  /** @throws Fenced; whatever the store does not answer is no fence */
  async check(): Promise<void> {
    if (await this.#records.isOvertaken(this.#id, this.#attempt).catch(() => false)) throw new Fenced()
  }
}
