import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed operations for the tests and the examples: `graphql(…)` in src/generated/operations. */
export default {
  schema: 'schema.graphql',
  documents: ['test/**/*.ts', 'examples/**/*.ts'],
  ignoreNoDocuments: true,
  silent: true,
  generates: {
    'src/generated/operations/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        importExtension: '.ts',
        scalars: { DateTime: 'string', JSON: 'unknown', File: 'unknown' },
      },
    },
  },
} satisfies CodegenConfig
