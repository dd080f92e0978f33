import { GraphQLError, Lexer, parse, Source, TokenKind, type DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coded } from '../../graphql/errors.ts'

const MAX_TOKENS = 5_000
// Far more than any operation within the cost limit needs; the parser and the validation rules recurse into each level.
const MAX_LEVELS = 64

/**
 * Law 10, for the text of an operation: parses it within limits on tokens and nesting. Throws a coded GraphQLError if
 * it is not GraphQL, or exceeds a limit.
 */
function parseDocument(source: string | Source): DocumentNode {
  if (countLevels(typeof source === 'string' ? new Source(source) : source) > MAX_LEVELS)
    throw coded('TOO_COMPLEX', `A document may nest at most ${MAX_LEVELS} brackets`)
  try {
    return parse(source, { maxLexicalTokens: MAX_TOKENS })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const { message, source, positions } = error
    throw new GraphQLError(message, { source, positions, extensions: { code: 'GRAPHQL_PARSE_FAILED' } })
  }
}

export const limitDocuments: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseDocument),
}

// Returns the nesting depth up to a syntax error or the token limit, which the parser reports better.
function countLevels(source: Source): number {
  const lexer = new Lexer(source)
  let [level, deepest] = [0, 0]
  try {
    for (let token = 0; token <= MAX_TOKENS && deepest <= MAX_LEVELS; token += 1) {
      const { kind } = lexer.advance()
      if (kind === TokenKind.EOF) break
      if (OPENING.has(kind)) deepest = Math.max(deepest, (level += 1))
      if (CLOSING.has(kind)) level -= 1
    }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
  }
  return deepest
}

const OPENING = new Set<TokenKind>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const CLOSING = new Set<TokenKind>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])
