import { FitserveError } from '../../src/errors.ts'
import type { ChoreData, ChoreQueue, ChoreState, NewChore, Repeating } from '../../src/jobs/queue/chores.ts'

/** Chores in memory that nobody does by himself. */
export class FakeChores implements ChoreQueue {
  readonly added = new Map<string, NewChore>()
  readonly states = new Map<string, ChoreState>()
  readonly repeats = new Map<string, Repeating & { data: ChoreData }>()
  away = false
  readonly #reach = () => {
    if (this.away) throw new FitserveError('queue-unavailable', 'The queue cannot be reached.')
  }
  async add(chore: NewChore) {
    this.#reach()
    if (!this.added.has(chore.id)) this.added.set(chore.id, chore)
  }
  async find(id: string) {
    this.#reach()
    return this.states.get(id)
  }
  async repeat(id: string, times: { cron: string; timeZone: string }, data: ChoreData) {
    this.#reach()
    this.repeats.set(id, { id, ...times, next: Date.now() + 60_000, data })
  }
  async stopRepeating(id: string) {
    this.#reach()
    this.repeats.delete(id)
  }
  async repeating() {
    this.#reach()
    return [...this.repeats.values()].map(({ id, cron, timeZone, next }) => ({ id, cron, timeZone, next }))
  }
  async work(): Promise<never> {
    throw new Error('not here')
  }
}
