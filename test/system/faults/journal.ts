/** The answers that clients got, which the service must keep to. */
export class Journal {
  readonly uploads: { name: string; id: string; sha256: string }[] = []
  /** By the key that they were ordered with. */
  readonly jobs = new Map<string, { id: string; model: string }>()
  /** The end of each job when a client first saw it. */
  readonly ends = new Map<string, { state: string; version: number | null }>()
  readonly predictions: { model: string; version: number; row: object; value: number }[] = []
  /** The last version that an alias was pointed at. */
  readonly aliases = new Map<string, { model: string; version: number }>()
  /** Answers that should not be, such as a 500. */
  readonly unexpected: string[] = []
  /** Calls that broke off or were refused for a moment, and were made again. */
  repeated = 0

  get summary(): string {
    const { uploads, jobs, predictions, repeated } = this
    return `${uploads.length} uploads, ${jobs.size} jobs, ${predictions.length} predictions, ${repeated} calls repeated`
  }
}
