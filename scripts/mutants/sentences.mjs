import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

/**
 * Puts no faults into what is written for people: texts with a space in them. Names, keys and codes have none. (The
 * path and the node are Babel's.)
 */
const ignorer = {
  shouldIgnore({ node }) {
    const isSentence =
      (node.type === 'StringLiteral' && node.value.includes(' ')) ||
      (node.type === 'TemplateLiteral' && node.quasis.some(({ value }) => value.raw.includes(' ')))
    return isSentence ? 'a sentence for people' : undefined
  },
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'sentences', ignorer)]
