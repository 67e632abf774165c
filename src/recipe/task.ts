import { z } from 'zod'

/** The tasks: two classes, several classes, any number of labels in a row, or a number. */
export const Task = z.enum(['binary', 'multiclass', 'multiLabel', 'regression'])
export type Task = z.output<typeof Task>
