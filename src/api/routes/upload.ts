import type { AppDependencies } from '../dependencies.ts'
import { fetchDataset, orderOrTable } from '../requests/fetch-dataset.ts'
import { sendDataset } from '../requests/send-dataset.ts'
import {
  FILE_BODIES,
  FILE_ERRORS,
  FILE_TYPES,
  fileOf,
  optionsOf,
  useFileBodies,
} from '../requests/uploaded-file.ts'
import { checkBody } from '../requests/validation.ts'
import { whileConnected } from '../requests/while-connected.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import {
  AppendQuery,
  DatasetImport,
  DatasetParams,
  DatasetView,
  knownDataset,
  UploadQuery,
} from '../schemas/datasets.ts'

/** A table as an example, on which a model can be trained. */
const REVIEWS = `text,label
A wonderful film,pos
Great acting and a moving story,pos
I loved every minute,pos
Two lost hours,neg
Dull and far too long,neg
The worst film of the year,neg
`
/**
 * Adds `POST /datasets`, which takes the file as the body or as a field of a form. Files are streamed, never held in
 * memory.
 */
export async function uploadRoute(app: App, { datasets, config }: AppDependencies): Promise<void> {
  // An array of objects is streamed, like any other file.
  await useFileBodies(app, { json: true })

  route(app, {
    endpoint: 'POST /datasets',
    summary: 'Upload a data set',
    description:
      'Send the file as the body, with its media type, or in the field `file` of a form. Bodies may be compressed with gzip. The response describes each column, and its warnings list what was guessed. Uploading the same file under the same name again returns 200 and the same id. Send NDJSON as `application/x-ndjson`. A JSON object with a `url` fetches the file, as `POST /datasets/import` does. A body without a media type, or with the default one of curl, is read as CSV.',
    operation: 'uploadDataset',
    tag: 'data sets',
    role: 'train',
    query: UploadQuery,
    gzip: true,
    streamed: true,
    accepts: FILE_TYPES,
    examples: { minimal: { summary: 'A few reviews', value: REVIEWS } },
    bodies: FILE_BODIES,
    answers: { 200: DatasetView, 201: DatasetView },
    errors: [...FILE_ERRORS, 'source-unavailable'],
    handler: async (request, reply) => {
      const { name, ...words } = request.query
      const { format, gzip, ...file } = await fileOf(request, config.maxUpload)
      const sent = await orderOrTable(request, file.body)
      if (sent.order) {
        const order = checkBody(DatasetImport, { name, ...sent.order })
        return fetchDataset(datasets, order, reply)
      }
      const { body } = sent
      const signal = whileConnected(reply)
      const options = optionsOf(words, format)
      return sendDataset(reply, await datasets.upload({ name, body, gzip, options, signal }))
    },
  })
  route(app, {
    endpoint: 'POST /datasets/:dataset/rows',
    summary: 'Append rows to a data set',
    description:
      'Creates a new data set under the same name: the rows of the newest one, followed by the rows of the file, whose columns and types must match. Concurrent appends to a name are all kept, one after the other. If you append to the id of the newest data set instead of its name, repeating the request changes nothing, and 412 means that there is a newer data set by now.',
    operation: 'appendRows',
    tag: 'data sets',
    role: 'train',
    params: DatasetParams,
    query: AppendQuery,
    gzip: true,
    streamed: true,
    accepts: FILE_TYPES,
    bodies: FILE_BODIES,
    answers: { 200: DatasetView, 201: DatasetView },
    errors: [...FILE_ERRORS, 'unknown-dataset', 'precondition-failed'],
    handler: async (request, reply) => {
      const { body, format, gzip } = await fileOf(request, config.maxUpload)
      const signal = whileConnected(reply)
      const options = optionsOf(request.query, format)
      const to = knownDataset(request.params.dataset)
      return sendDataset(reply, await datasets.append({ to, body, gzip, options, signal }))
    },
  })
}
