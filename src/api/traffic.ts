/** Requests for predictions in a time. */
export interface TrafficFigures {
  /** Number of answered requests and parts of streams. */
  requests: number
  /** Rows in them. */
  rows: number
  /** Milliseconds within which half of them were answered, and 99 in 100; null where there were none. */
  p50Ms: number | null
  p99Ms: number | null
}

/** Predictions of a model. */
export interface ModelFigures {
  model: string
  recent: TrafficFigures
  /** Since the process started. */
  total: TrafficFigures
}

/** Counts of the predictions of each model. */
export interface Traffic {
  /** Tells this process from others of the service, and from the one before a restart. */
  readonly process: string
  /** Returns the figures of all models that have answered, the busiest first, and the seconds that the recent ones span. */
  read(): { seconds: number; models: ModelFigures[] }
}
