import { serveTasks, stackOf } from '../../runtime/serve-tasks.ts'
import { drawPlot } from './draw.ts'
import { type PlotReply, PlotTask } from './messages.ts'

/**
 * Runs the drawing process: it draws one plot at a time for the process that started it, until that one is gone, below
 * the priority of predictions.
 */
export function serve(): void {
  serveTasks(answer)
}

async function answer(message: unknown): Promise<PlotReply> {
  try {
    const { name, data, ...look } = PlotTask.parse(message)
    const picture = await drawPlot(name, data, look)
    return { kind: 'drawn', picture: picture.toString('base64') }
  } catch (error) {
    return {
      kind: 'failed',
      message: stackOf(error),
    }
  }
}
