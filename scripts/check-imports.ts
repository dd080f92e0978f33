import { breaches } from './import-rules.ts'

const found = breaches()
if (found.length > 0)
  throw new Error(`Imports that the rules do not allow:\n${found.map((breach) => `- ${breach}`).join('\n')}`)
