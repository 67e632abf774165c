import { withFrequent } from '../../datasets/frequent.ts'
import type { ErrorCode } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { fetchDataset } from '../requests/fetch-dataset.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { Deleted, PageQuery, pageOf } from '../schemas/common.ts'
import {
  DatasetImport,
  DatasetParams,
  DatasetSummaryView,
  DatasetsQuery,
  DatasetView,
  DistributionsPage,
  DistributionsQuery,
  knownDataset,
  OverlapQuery,
  OverlapView,
  RejectView,
  RowsPage,
} from '../schemas/datasets.ts'

/** Errors of every route of one data set. */
const ONE: readonly ErrorCode[] = ['unknown-dataset', 'store-unavailable']

/** Adds the routes that read and delete data sets. */
export function datasetRoutes(app: App, { datasets }: AppDependencies): void {
  route(app, {
    endpoint: 'GET /datasets',
    summary: 'List data sets, the newest of each name',
    description:
      'Each item has the first 100 columns, and no counts of classes. `GET /datasets/{dataset}` has all of it. With `name`, all data sets that this name has pointed at are listed, the newest first.',
    operation: 'listDatasets',
    tag: 'data sets',
    role: 'train',
    query: DatasetsQuery,
    answers: { 200: pageOf(DatasetSummaryView) },
    errors: ['store-unavailable'],
    handler: ({ query: { name, ...page } }) =>
      name === undefined ? datasets.list(page) : datasets.history(name, page),
  })
  route(app, {
    endpoint: 'POST /datasets/import',
    summary: 'Fetch a data set',
    description:
      'Fetches the file from `url` (`https://`, `s3://` or `file:///`) and stores it like an upload. The setting `DATASET_SOURCES` of the service lists the allowed places; without it, nothing is fetched. The response comes when the data set has been read. The same file with the same options returns 200 and the same id.',
    operation: 'importDataset',
    tag: 'data sets',
    role: 'train',
    body: DatasetImport,
    answers: { 200: DatasetView, 201: DatasetView },
    errors: [
      'invalid-json',
      'invalid-request',
      'invalid-dataset',
      'payload-too-large',
      'unsupported-media-type',
      'overloaded',
      'source-unavailable',
      'store-unavailable',
    ],
    handler: (request, reply) => fetchDataset(datasets, request.body, reply),
  })
  route(app, {
    endpoint: 'GET /datasets/:dataset',
    summary: 'Describe a data set',
    description:
      'Describes each column from all rows (range, quantiles, most frequent values), counts repeated rows, and lists the warnings about how the file was read.',
    operation: 'getDataset',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    answers: { 200: DatasetView },
    errors: ONE,
    handler: async (request) => withFrequent(await datasets.get(knownDataset(request.params.dataset))),
  })
  route(app, {
    endpoint: 'GET /datasets/:dataset/rows',
    summary: 'List rows',
    description: 'Returns rows in the order of the file.',
    operation: 'listRows',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    query: PageQuery,
    answers: { 200: RowsPage },
    errors: ONE,
    handler: (request) => datasets.rows(knownDataset(request.params.dataset), request.query),
  })
  route(app, {
    endpoint: 'GET /datasets/:dataset/distributions',
    summary: 'Describe how the values of columns are distributed',
    description:
      'Returns for each column a histogram (numbers and dates), the most frequent values (categories), or lengths and most frequent words (texts). With more than 50,000 rows a random sample of about that size is used, always the same one; `sampled` is its number of rows. A page has at most 100 columns.',
    operation: 'listDistributions',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    query: DistributionsQuery,
    answers: { 200: DistributionsPage },
    errors: [...ONE, 'corrupt-artifact', 'overloaded'],
    handler: (request) => datasets.distributions(knownDataset(request.params.dataset), request.query),
  })
  route(app, {
    endpoint: 'GET /datasets/:dataset/overlap',
    summary: 'Count the rows that two data sets have in common',
    description:
      'Counts rows that are equal in all columns that both data sets have: for example rows of a test set that are also in the training data. Columns that number or identify rows are not compared, unless there are no others. Cells of different types are compared as texts, or as numbers if one of them is a number.',
    operation: 'getOverlap',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    query: OverlapQuery,
    answers: { 200: OverlapView },
    errors: [...ONE, 'corrupt-artifact', 'overloaded'],
    handler: ({ params, query }) => datasets.overlap(knownDataset(params.dataset), knownDataset(query.with)),
  })
  route(app, {
    endpoint: 'GET /datasets/:dataset/rejects',
    summary: 'List the lines that could not be read',
    description: 'Lists the lines that an upload with `onError=skip` left out, with the reason for each.',
    operation: 'listRejects',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    query: PageQuery,
    answers: { 200: pageOf(RejectView) },
    errors: ONE,
    handler: (request) => datasets.rejects(knownDataset(request.params.dataset), request.query),
  })
  route(app, {
    endpoint: 'DELETE /datasets/:dataset',
    summary: 'Delete a data set',
    description:
      'Answers 409 while a job that has not ended needs the data set. Models that were trained on it stay.',
    operation: 'deleteDataset',
    tag: 'data sets',
    role: 'admin',
    params: DatasetParams,
    answers: { 204: Deleted },
    errors: [...ONE, 'dataset-in-use'],
    handler: async (request, reply) => {
      await datasets.delete(knownDataset(request.params.dataset))
      return reply.code(204).send()
    },
  })
}
