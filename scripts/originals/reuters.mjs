import { readTarGz } from './archive.mjs'

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Reuters-21578 in the modified Apté split, as R52 has it: stories with exactly one topic, of topics that
 * occur in both parts.
 * @param {string} archive
 */
export async function reuters(archive) {
  const parts = { TRAIN: [], TEST: [] }
  const files = []
  const onFile = (path, content) => files.push({ path, text: content.toString('latin1') })
  await readTarGz(archive, (path) => path.endsWith('.sgm'), onFile)
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const { text } of files) {
    for (const [, attributes, story] of text.matchAll(/<REUTERS ([^>]*)>([\s\S]*?)<\/REUTERS>/g)) {
      const part = parts[/LEWISSPLIT="(\w+)"/.exec(attributes)?.[1]]
      if (!part || !attributes.includes('TOPICS="YES"')) continue
      const topics = [...(/<TOPICS>(.*?)<\/TOPICS>/.exec(story)?.[1] ?? '').matchAll(/<D>(.*?)<\/D>/g)]
      if (topics.length === 1) part.push([textOf(story), topics[0][1]])
    }
  }
  const topicsOf = (rows) => new Set(rows.map(([, topic]) => topic))
  const inTrain = topicsOf(parts.TRAIN)
  const inTest = topicsOf(parts.TEST)
  const common = ([, topic]) => inTrain.has(topic) && inTest.has(topic)
  return { header: ['text', 'label'], train: parts.TRAIN.filter(common), test: parts.TEST.filter(common) }
}

/** Returns title and body, or the whole story if it has no such tags. */
function textOf(story) {
  const text = /<TEXT[^>]*>([\s\S]*)<\/TEXT>/.exec(story)?.[1] ?? ''
  const marked = ['TITLE', 'BODY'].map((tag) => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1])
  const plain = marked.some(Boolean) ? marked.filter(Boolean).join(' ') : text.replace(/<[^>]*>/g, ' ')
  return plain
    .replace(/&#\d+;/g, ' ')
    .replace(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}
