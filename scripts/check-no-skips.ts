// After `npm test` in CI: fails if a test was skipped or left to do, and prints how many ran.
import { existsSync, readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

const file = new URL('../.data/test-report.json', import.meta.url)
if (!existsSync(file)) {
  process.stderr.write('There is no report of a test run: run `CI=true npm test` first\n')
  process.exit(1)
}
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(file, 'utf8'),
) as Report
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed\n`)
if (numPassedTests === 0) throw new Error('No test has run')
if (numPendingTests + numTodoTests > 0)
  throw new Error(`${numPendingTests + numTodoTests} tests were skipped or are left to do`)
