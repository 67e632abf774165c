import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Runs the files of tests in the order in which the run names them, so that few faults come to the slow ones. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const named = (process.env['MUTANTS_TESTS'] ?? '')
      .split(' ')
      .map((pattern) => pattern.split('**')[0] ?? '')
    const placeOf = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId)
      return named.findIndex((start) => path.startsWith(start))
    }
    return files.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}
