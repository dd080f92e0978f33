// Opens GraphiQL of `npm run dev` in Debian's chromium, runs each tab and takes its picture: `npm run look <url>
// <picture.png>`. Not a test, since not every machine has a browser. Prints errors on the page and its requests to
// other origins.
import { chromium, type Page } from 'playwright-core'
import { exampleTabs } from '../src/http/graphql/graphiql-tabs.ts'

const [url, picture] = process.argv.slice(2)
if (url === undefined || picture?.endsWith('.png') !== true) {
  process.stderr.write('Usage: npm run look http://127.0.0.1:3000 picture.png\n')
  process.exit(2)
}

const say = (text: string) => process.stdout.write(`${text}\n`)

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const tabs = exampleTabs(null)
const complaints: string[] = []
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url().slice(0, 120)}`))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin)
      complaints.push(`asked elsewhere: ${request.url()}`)
  })
  const from = performance.now()
  await page.goto(new URL('/graphql', url).href)
  await page.locator('.graphiql-execute-button').waitFor()
  say(`GraphiQL is there after ${Math.round(performance.now() - from)} ms`)
  for (const index of tabs.keys()) await runTab(page, index)
} finally {
  await browser.close()
}
for (const complaint of new Set(complaints)) say(complaint)
if (complaints.length > 0) process.exitCode = 1

async function runTab(page: Page, index: number): Promise<void> {
  const { query } = tabs[index]!
  const name = /^(?:query|subscription) (\w+)/m.exec(query)![1]!
  const tab = page.locator(`.graphiql-tab-button[title="${name}"]`)
  await tab.click()
  if (!(await page.locator('[role=tab][aria-selected=true]').innerText()).includes(name)) {
    complaints.push(`a click on the tab ${name} does not open it`)
    await tab.press('Enter')
  }
  await page.locator('.graphiql-query-editor .view-line', { hasText: name }).first().waitFor()
  await page.waitForTimeout(500) // GraphiQL reads the name of the operation a moment after it shows it
  await page.locator('.graphiql-execute-button').click()
  const shown = (await page.locator('.graphiql-query-editor .view-lines').innerText()).replaceAll('\u00a0', ' ')
  const simulated = /^# +(https?:\/\/\S+)/m.exec(shown)?.[1]
  if (simulated !== undefined) {
    await page.waitForTimeout(1_000) // the subscription has begun
    await fetch(simulated, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  }
  await page.locator('.graphiql-response .view-line', { hasText: '"data"' }).first().waitFor({ timeout: 20_000 })
  await page.waitForTimeout(1_000) // so that later lines are in the picture too
  const answer = await page.locator('.graphiql-response .view-lines').innerText()
  say(`${name}: ${answer.includes('"errors"') ? 'has errors' : 'answers'}`)
  const file = picture!.replace(/\.png$/, `-${index + 1}.png`)
  await page.screenshot({ path: file })
  say(file)
  if (/^subscription /m.test(query)) await page.locator('.graphiql-execute-button').click() // stops it
}
