import { looksLikeDatasetId } from '../../datasets/identity.ts'
import { FitserveError } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import type { App } from '../route-config.ts'
import { Deleted, isName, PageQuery, pageOf } from '../schemas/common.ts'
import { DatasetParams, DatasetView, RejectView, RowView } from '../schemas/datasets.ts'

const READ = { role: 'train', errors: ['unknown-dataset', 'store-unavailable'] } as const
const LIST = { ...READ, errors: ['store-unavailable'] } as const
const tags = ['data sets']

/** Reading and deleting data sets. */
export function datasetRoutes(app: App, { datasets }: AppDependencies): void {
  app.get(
    '/datasets',
    {
      config: LIST,
      schema: {
        summary: 'List data sets, one for each name',
        operationId: 'listDatasets',
        tags,
        querystring: PageQuery,
        response: { 200: pageOf(DatasetView) },
      },
    },
    (request) => datasets.list(request.query),
  )
  app.get(
    '/datasets/:dataset',
    {
      config: READ,
      schema: {
        summary: 'Describe a data set',
        operationId: 'getDataset',
        tags,
        params: DatasetParams,
        response: { 200: DatasetView },
      },
    },
    (request) => datasets.get(known(request.params.dataset)),
  )
  app.get(
    '/datasets/:dataset/rows',
    {
      config: READ,
      schema: {
        summary: 'Look at rows',
        operationId: 'listRows',
        tags,
        params: DatasetParams,
        querystring: PageQuery,
        response: { 200: pageOf(RowView) },
      },
    },
    (request) => datasets.rows(known(request.params.dataset), request.query),
  )
  app.get(
    '/datasets/:dataset/rejects',
    {
      config: READ,
      schema: {
        summary: 'Look at the bad lines that were left out',
        operationId: 'listRejects',
        tags,
        params: DatasetParams,
        querystring: PageQuery,
        response: { 200: pageOf(RejectView) },
      },
    },
    (request) => datasets.rejects(known(request.params.dataset), request.query),
  )
  app.delete(
    '/datasets/:dataset',
    {
      config: { role: 'admin', errors: [...READ.errors, 'dataset-in-use'] },
      schema: {
        summary: 'Delete a data set',
        operationId: 'deleteDataset',
        tags,
        params: DatasetParams,
        response: { 204: Deleted },
      },
    },
    async (request, reply) => {
      await datasets.delete(known(request.params.dataset))
      return reply.code(204).send()
    },
  )
}

/** Refuses a text that is neither a name nor an id without a look into the store. */
function known(idOrName: string): string {
  if (isName(idOrName) || looksLikeDatasetId(idOrName)) return idOrName
  throw new FitserveError('unknown-dataset', `There is no data set ${JSON.stringify(idOrName.slice(0, 64))}.`)
}
