import { scrape } from '../metrics/scrape.ts'
import type { TestApp } from '../support/app.ts'

export interface Lookups {
  readonly hit: number
  readonly miss: number
  readonly unchecked: number
}

/** How often an instance has looked up answers in its memory, and what came of it. `key` sees every organization. */
export async function lookupsOf(app: Pick<TestApp, 'url'>, key: string): Promise<Lookups> {
  const scraped = await scrape(app.url, key)
  const of = (outcome: string) => scraped.value('rollcall_answers_total', { outcome })
  return { hit: of('hit'), miss: of('miss'), unchecked: of('unchecked') }
}
