import { SetupError } from './errors.mjs'

/**
 * The official TensorFlow wheels that fitserve takes its library from. Their hashes are those of the package
 * index; only linux-x64 is tested regularly.
 * @typedef {{ package: string, platform: string, file: string, sha256: string, size: number, libraries: string[] }} Wheel
 */
export const TENSORFLOW = '2.21.0'
const PYTHON = 'cp311'
const UNPACKED = { linux: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] }
UNPACKED.darwin = UNPACKED.linux.map((name) => name.replace('.so.2', '.2.dylib'))

/** @type {Record<string, Wheel>} */
const WHEELS = {
  'linux-x64': wheel('tensorflow-cpu', 'manylinux_2_27_x86_64', 'linux', 273_829_956, [
    '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  ]),
  'linux-arm64': wheel('tensorflow', 'manylinux_2_27_aarch64', 'linux', 281_800_000, [
    '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  ]),
  'darwin-arm64': wheel('tensorflow', 'macosx_12_0_arm64', 'darwin', 223_400_000, [
    '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
  ]),
}

function wheel(name, platform, system, size, [sha256]) {
  const file = `${name.replace('-', '_')}-${TENSORFLOW}-${PYTHON}-${PYTHON}-${platform}.whl`
  return { package: name, platform, file, sha256, size, libraries: UNPACKED[system] }
}

/**
 * Returns the wheel for this machine, or the reason why none fits.
 * @param {{ platform?: string, arch?: string, glibc?: string | null }} [machine] glibc null: another C library
 * @returns {Wheel}
 */
export function wheelFor({ platform = process.platform, arch = process.arch, glibc = glibcVersion() } = {}) {
  const found = WHEELS[`${platform}-${arch}`]
  const own = 'With a TensorFlow library of your own, set TENSORFLOW_DIR to its folder.'
  if (platform === 'win32') {
    throw new SetupError('Windows itself is not supported.', 'Use WSL 2: its Linux runs fitserve as it is.')
  }
  if (!found) {
    throw new SetupError(`there is no TensorFlow ${TENSORFLOW} for ${platform} on ${arch}.`, [
      'Supported: Linux on x86-64 and arm64, macOS on Apple silicon.',
      own,
    ])
  }
  if (platform === 'linux' && glibc === null) {
    throw new SetupError(
      'this Linux has another C library than glibc (Alpine?), and TensorFlow needs glibc.',
      ['Use a Debian, Ubuntu or Fedora machine or image.', own],
    )
  }
  if (platform === 'linux' && older(glibc, '2.27')) {
    throw new SetupError(`glibc ${glibc} is too old: TensorFlow ${TENSORFLOW} needs 2.27 (2018) or newer.`, [
      'Use a newer release of your Linux.',
      own,
    ])
  }
  return found
}

/** @returns {string | null} */
function glibcVersion() {
  if (process.platform !== 'linux') return null
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime ?? null
}

function older(version, wanted) {
  const [a, b] = [version, wanted].map((text) => text.split('.').map(Number))
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
}
