import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Node itself loads the modules, as for `npm start`, and once for all files of a worker: loading them took longer
    // than most files do. No module of this project keeps state outside what its functions return.
    isolate: false,
    experimental: { viteModuleRunner: false },
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/cluster.ts'],
    setupFiles: ['test/support/seed.ts'],
    // Each file has its own database, so files run in parallel.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    allowOnly: false,
    reporters:
      process.env.CI === undefined ? ['default'] : ['default', ['json', { outputFile: '.data/test-report.json' }]],
  },
})
