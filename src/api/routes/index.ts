import type { RouteDependencies } from '../dependencies.ts'
import { mlflowRoutes } from '../protocols/mlflow/routes.ts'
import { openInferenceRoutes } from '../protocols/open-inference/routes.ts'
import { tensorflowServingRoutes } from '../protocols/tensorflow-serving/routes.ts'
import type { App } from '../route-config.ts'
import { accessRoute } from './access.ts'
import { archiveRoutes } from './archives.ts'
import { auditRoute } from './audit.ts'
import { datasetRoutes } from './datasets.ts'
import { deletionRoutes } from './deletions.ts'
import { descriptionRoutes } from './descriptions.ts'
import { docsRoutes } from './docs.ts'
import { garbageRoute } from './garbage.ts'
import { healthRoutes } from './health.ts'
import { homeRoutes } from './home.ts'
import { inspectionRoutes } from './inspections.ts'
import { jobEventRoute } from './job-events.ts'
import { jobRoutes } from './jobs.ts'
import { modelRoutes } from './models.ts'
import { operationRoutes } from './operations.ts'
import { plotRoutes } from './plots.ts'
import { predictRoutes } from './predict.ts'
import { predictionRoutes } from './predictions.ts'
import { scheduleRoutes } from './schedules.ts'
import { settingsRoutes } from './settings.ts'
import { thresholdRoute } from './thresholds.ts'
import { trendsRoute } from './trends.ts'
import { uploadRoute } from './upload.ts'
import { versionRoutes } from './versions.ts'

/** Adds one or a few routes to the API. */
type AddRoutes = (app: App, dependencies: RouteDependencies) => void | Promise<void>

/** All routes, in the order of the OpenAPI document. */
const ROUTES: readonly AddRoutes[] = [
  scoped(uploadRoute),
  datasetRoutes,
  jobRoutes,
  jobEventRoute,
  modelRoutes,
  versionRoutes,
  trendsRoute,
  inspectionRoutes,
  deletionRoutes,
  scheduleRoutes,
  settingsRoutes,
  descriptionRoutes,
  thresholdRoute,
  scoped(archiveRoutes),
  plotRoutes,
  scoped(predictRoutes),
  scoped(predictionRoutes),
  auditRoute,
  garbageRoute,
  operationRoutes,
  healthRoutes,
  accessRoute,
  scoped(homeRoutes),
  scoped(docsRoutes),
  scoped(tensorflowServingRoutes),
  scoped(openInferenceRoutes),
  scoped(mlflowRoutes),
]

/** Adds all routes to the API. */
export async function addRoutes(app: App, dependencies: RouteDependencies): Promise<void> {
  for (const add of ROUTES) await add(app, dependencies)
}

/** Keeps the body parsers and hooks that these routes add to themselves. */
function scoped(add: AddRoutes): AddRoutes {
  return async (app, dependencies) => {
    await app.register(async (scope: App) => add(scope, dependencies))
  }
}
