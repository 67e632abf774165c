import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SERVER_CORE } from './measure.ts'
import { answers, startOn, stop } from './processes.ts'
import { type Environment, keptBy, missingEnvironment, peer, program } from './python.ts'
import { type Server, startPeer } from './servers.ts'
import type { Workload } from './workload.ts'

/** A server of a film-review model in Python. */
export interface PythonServer {
  name: string
  /** The goal that its requests a second are for. */
  goal: string
  missing(): string | undefined
  start(workload: Workload): Promise<Server>
  path?: string
  body(text: string): string
  /** Few where an answer takes long, so that none waits for seconds. */
  connections?: number
}

type Shape = Pick<PythonServer, 'missing' | 'body'>
const FASTAPI: Shape = {
  missing: () => missingEnvironment('python'),
  body: (text) => JSON.stringify({ model: 'reviews', text }),
}
const V2: Shape = {
  missing: () => missingEnvironment('mlserver'),
  body: (text) =>
    JSON.stringify({
      parameters: { content_type: 'str' },
      inputs: [{ name: 'text', shape: [1], datatype: 'BYTES', data: [text] }],
      outputs: [{ name: 'predict_proba' }],
    }),
}

const keras = (way: string) => async (workload: Workload) =>
  startPeer([...file('fastapi_keras.py'), workload.train, await kept('python', workload, 'npz'), way])

export const PYTHON_SERVERS: readonly PythonServer[] = [
  { name: 'FastAPI + Keras, traced call', goal: 'review-keras', ...FASTAPI, start: keras('traced') },
  {
    name: 'MLServer + scikit-learn',
    goal: 'review-mlserver',
    ...V2,
    start: startMlserver,
    path: '/v2/models/reviews/infer',
  },
  {
    name: 'FastAPI + scikit-learn',
    goal: 'review-sklearn',
    ...FASTAPI,
    start: async (workload) =>
      startPeer([...file('fastapi_sklearn.py'), workload.train, await kept('python', workload, 'joblib')]),
  },
  { name: 'FastAPI + Keras, plain call', goal: 'review-keras-call', ...FASTAPI, start: keras('call') },
  {
    name: 'FastAPI + Keras, model.predict',
    goal: 'review-keras-predict',
    ...FASTAPI,
    start: keras('predict'),
    connections: 4,
  },
]

const file = (name: string) => [program('python'), peer(name)]

/** Models are trained once and kept, since only their answers are measured. */
async function kept(environment: Environment, workload: Workload, ending: string): Promise<string> {
  return join(await keptBy(environment), `${workload.name.replaceAll(/\W/g, '-')}.${ending}`)
}

/** Without a pool of processes, which would share the one core and only cost. */
async function startMlserver(workload: Workload): Promise<Server> {
  const model = await kept('mlserver', workload, 'joblib')
  const training = startOn(null, [program('mlserver'), peer('text_model.py'), workload.train, model])
  await text(training.stdout!)
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  const [http, grpc, metrics] = await freePorts()
  const settings = {
    host: '127.0.0.1',
    http_port: http,
    grpc_port: grpc,
    metrics_port: metrics,
    parallel_workers: 0,
    debug: false,
  }
  const one = { name: 'reviews', implementation: 'mlserver_sklearn.SKLearnModel' }
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
  const modelSettings = { ...one, parameters: { uri: model, version: '1' } }
  await writeFile(join(folder, 'model-settings.json'), JSON.stringify(modelSettings))
  const child = startOn(SERVER_CORE, [program('mlserver', 'mlserver'), 'start', folder])
  child.stdout!.resume()
  const url = `http://127.0.0.1:${http}`
  await answers(`${url}/v2/models/reviews/ready`)
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      await stop(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Three ports that are free now; MLServer cannot be told to choose. */
async function freePorts(): Promise<number[]> {
  const servers = await Promise.all(
    [0, 1, 2].map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  return Promise.all(
    servers.map((server) => {
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      return new Promise<number>((resolve) => server.close(() => resolve(port)))
    }),
  )
}
