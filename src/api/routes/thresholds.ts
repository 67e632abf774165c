import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { followSoon } from '../requests/follow.ts'
import { summaryOf } from '../requests/version-summary.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { ThresholdBody, ThresholdView, VersionParams } from '../schemas/models.ts'

/** Adds the route that gives a version another threshold. */
export function thresholdRoute(app: App, { thresholds, models, serving }: AppDependencies): void {
  route(app, {
    endpoint: 'POST /models/:name/versions/:version/threshold',
    summary: 'Publish a version with another threshold, without training',
    description:
      'Publishes a new version with the network of this one, which answers the positive one of two classes from another probability on: a number, or what a rule chooses out of the answers to held-out rows. The evaluation of the new version is measured from that threshold on. See docs/recipes.md.',
    operation: 'setThreshold',
    tag: 'models',
    role: 'train',
    params: VersionParams,
    body: ThresholdBody,
    accepts: [JSON_TYPE],
    answers: { 201: ThresholdView },
    errors: [
      'unknown-model',
      'unknown-version',
      'unknown-alias',
      'corrupt-artifact',
      'not-found',
      'store-unavailable',
      'invalid-json',
      'invalid-request',
      'unsupported-media-type',
      'overloaded',
      'not-ready',
    ],
    handler: async (request, reply) => {
      const { name, version } = request.params
      const { threshold, promote = 'always' } = request.body
      const by = callerName(request)
      const made = await thresholds.set(name, version, { threshold, promote, by })
      await followSoon(serving, name, app.log)
      const head = await models.head(name)
      return reply
        .code(201)
        .header('location', `/models/${name}/versions/${made.entry.version}`)
        .send({
          ...summaryOf(made.entry, head?.state ?? { aliases: {} }),
          from: made.from,
          threshold: made.threshold,
        })
    },
  })
}
