import { parseArgs } from 'node:util'

const DATA = ['imdb', 'reuters', 'boston', 'california']

const HELP = `npm run demo                    trains on the two bundled data sets, then keeps serving
npm run demo -- --once          the same, and ends
npm run demo -- --data NAME     trains on a public data set: ${DATA.join(', ')}
                                (from DATASETS_DIR where that is set, else downloaded once)`

/** Unknown arguments, reported with the known ones. */
export class DemoUsage extends Error {
  name = 'DemoUsage'
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ once: boolean, data: string | undefined, help: string | undefined }}
 */
export function readArguments(args, env = process.env) {
  // In `npm run demo --once`, without the `--`, npm keeps the option for itself.
  const kept = ['once', 'data'].find((name) => env[`npm_config_${name}`] !== undefined)
  if (kept) throw usage(`npm took --${kept} for an option of its own: a "--" belongs before it.`)
  const values = parse(args)
  if (values.data !== undefined && !DATA.includes(values.data))
    throw usage(`There is no data set ${JSON.stringify(values.data)} here.`)
  return { once: values.once ?? false, data: values.data, help: values.help ? HELP : undefined }
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        once: { type: 'boolean' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw usage(error.message.split('. ')[0].replace(/\.?$/, '.'))
  }
}

const usage = (problem) => new DemoUsage(`${problem}\n\n${HELP}`)
