// After `npm test` in CI: fails where a test was skipped or left to do, and says how many ran.
import { readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

const file = new URL('../.data/test-report.json', import.meta.url)
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(file, 'utf8'),
) as Report
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed\n`)
if (numPassedTests === 0) throw new Error('No test has run')
if (numPendingTests + numTodoTests > 0)
  throw new Error(`${numPendingTests + numTodoTests} tests were skipped or are left to do`)
