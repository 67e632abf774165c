import { z } from 'zod'

/** The tasks: two classes, several classes, or a number. */
export const Task = z.enum(['binary', 'multiclass', 'regression'])
export type Task = z.output<typeof Task>
