import { defineConfig } from 'vitest/config'

export default defineConfig({
  // As Node resolves: graphql has a second copy of itself for the condition `development`, whose errors are not the first's.
  ssr: { resolve: { conditions: ['node', 'module-sync'], externalConditions: ['node', 'module-sync'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/cluster.ts'],
    // A file has a database of its own, so files run beside each other.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
    reporters:
      process.env.CI === undefined ? ['default'] : ['default', ['json', { outputFile: '.data/test-report.json' }]],
  },
})
