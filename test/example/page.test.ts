/** The page as people use it, in Chromium, with a coordinator that plays a trip to it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AxeResults } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startBrowser } from '../helpers/browser.ts'
import { closeAfter, listen } from '../helpers/host.ts'
import { until } from '../helpers/wait.ts'
import { root, startExample } from './process.ts'
import { createCoordinator, type Coordinator } from './scripted-coordinator.ts'

const wish = 'Four days in Rome in May for two, under 1,500 euros'

t.test('what is shipped is built from what is here', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'example-app/page', '--outDir', folder, '--logLevel', 'error'], { cwd: root })
  t.strictSame(contentsOf(join(root, 'example-app/page/dist')), contentsOf(folder), 'else: npm run build:page')
})

t.test('the page is served with types, caching and a strict policy', async t => {
  const { app } = await createCoordinator()
  closeAfter(t, app)
  const index = await app.inject('/')
  t.equal(index.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(index.headers['cache-control'], 'no-cache')
  t.match(index.headers['content-security-policy'], /default-src 'none'; script-src 'self'; style-src 'self'/)
  t.notMatch(index.headers['content-security-policy'], /unsafe/)
  t.equal((await app.inject({ url: '/', headers: { 'if-none-match': String(index.headers.etag) } })).statusCode, 304)
  const [, script = ''] = /src="(.*?\.js)"/.exec(index.body) ?? []
  const { headers } = await app.inject(script)
  t.match(headers, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': /immutable/, 'x-content-type-options': 'nosniff' })
})

const browser = await startBrowser(t)
if (browser !== undefined) {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

  /** A page of its own, at a coordinator of its own. At the end of the test, nothing may stand in its console. */
  const visit = async (t: Test, { host = '127.0.0.1', ...options }: BrowserContextOptions & { host?: string } = {}): Promise<{ page: Page, coordinator: Coordinator, complaints: string[] }> => {
    const coordinator = await createCoordinator()
    closeAfter(t, coordinator.app)
    const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
    t.teardown(async () => { await context.close() })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', error => { complaints.push(String(error.stack)) })
    page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()) })
    await page.goto((await listen(coordinator.app)).replace('127.0.0.1', host))
    await page.getByRole('heading', { name: 'Daylight activities' }).waitFor()
    return { page, coordinator, complaints }
  }

  const plan = async (page: Page, text = wish) => {
    await page.getByLabel('Your wish').fill(text)
    await page.getByRole('button', { name: 'Plan the trip' }).click()
  }

  const answer = async (page: Page) => {
    await page.getByLabel('quiet').check()
    await page.getByLabel('Arrival').fill('2027-05-06')
    await page.getByLabel('Name of the guest').fill('Ada Lovelace')
    await page.getByRole('button', { name: 'Send the answer' }).click()
  }

  const heading = (page: Page, name: string) => page.getByRole('heading', { name })

  /** What screen readers and others would stumble over. */
  const violations = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe)
    const { violations } = await page.evaluate<AxeResults>('axe.run()')
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`)
  }

  /** In each phase of a trip. */
  const throughAll = async (page: Page, coordinator: Coordinator, look: (phase: string) => Promise<void>) => {
    await look('wish')
    await page.getByRole('button', { name: 'Plan the trip' }).click()
    await page.getByText('Say where').waitFor()
    await look('no wish')
    await plan(page)
    await page.getByRole('listitem').getByText('Asking for flights').waitFor()
    await look('running')
    coordinator.open('search')
    await heading(page, 'What kind of hotel?').waitFor()
    await page.getByRole('button', { name: 'Send the answer' }).click()
    await look('question')
    await answer(page)
    coordinator.open('write')
    await page.getByText('Fly on Thursday morning.').waitFor()
    await look('draft')
    coordinator.open('finish')
    await heading(page, 'Your trip is planned').waitFor()
    for (const summary of await page.locator('summary').all()) await summary.click()
    await look('plan')
  }

  t.test('a trip is planned by the keyboard alone', async t => {
    const { page, coordinator, complaints } = await visit(t)
    coordinator.open('search')
    coordinator.open('write')
    coordinator.open('finish')
    const focus = (element: string) => page.locator(`${element}:focus`).waitFor()
    const { keyboard } = page
    const tabTo = async (element: string) => {
      while (await page.locator(`${element}:focus`).count() === 0) await keyboard.press('Tab')
    }

    await keyboard.press('Tab')
    await focus('.skip')
    await tabTo('textarea')
    await keyboard.type(wish)
    await tabTo('button[type=submit]')
    await keyboard.press('Enter')

    await focus('#question-title')
    t.match(await page.locator('.question').textContent(), /Pillow hotels asks.*What kind of hotel\?/)
    await tabTo('.question button[type=submit]')
    await keyboard.press('Enter')
    await focus('.question [type=radio]')
    t.match(await page.getByRole('radiogroup').getAttribute('aria-describedby'), /problem/)
    t.equal(await page.getByText('Choose one of these.').count(), 1)
    t.equal(await page.getByText('This is needed.').count() + await page.getByText('Enter a date.').count(), 2)
    await keyboard.press('Space')
    await keyboard.press('ArrowRight')
    await keyboard.press('Tab')
    await keyboard.type('05062027')
    await tabTo('[name=stars]')
    await keyboard.press('ArrowUp')
    await tabTo('[name=guest]')
    await keyboard.type('Ada Lovelace')
    await keyboard.press('Enter')

    await heading(page, 'Your trip is planned').waitFor()
    t.strictSame(coordinator.answers, [{ style: 'central', arrival: '2027-05-06', stars: 4, guest: 'Ada Lovelace' }])
    t.equal(await page.locator('h1:focus').count(), 1, 'the focus is not lost')
    t.equal(await page.getByRole('status').first().textContent(), 'Rome: €1,212 of €1,500.')

    await tabTo('.message summary')
    await keyboard.press('Enter')
    t.match(JSON.parse(await page.locator('.message pre').textContent() ?? ''), { message: { role: 'ROLE_USER', parts: [{ text: wish }] } })
    t.strictSame(complaints, [])
  })

  t.test('what happens is seen as it happens', async t => {
    const { page, coordinator, complaints } = await visit(t)
    const agent = (name: string) => page.getByRole('listitem').filter({ has: heading(page, name) }).locator('.state').textContent()
    t.equal(await agent('Daylight activities'), 'Not reachable')
    await plan(page)
    await page.getByText('Looks for flights from Berlin to Rome').waitFor()
    t.equal(await agent('SkyRoute flights'), 'Working')
    t.equal(await page.getByRole('status').first().textContent(), 'Asking for flights from Berlin to Rome.')

    coordinator.open('search')
    await heading(page, 'What kind of hotel?').waitFor()
    t.equal(await agent('SkyRoute flights'), 'Done')
    t.equal(await agent('Pillow hotels'), 'Has a question')
    t.strictSame(await page.locator('.offers li').allTextContents(), ['Ryanair FR135 €182', 'ITA AZ423 €298', 'Lufthansa LH1844 €364', 'KLM KL1772 €388'])

    await answer(page)
    coordinator.open('write')
    await page.getByText('Fly on Thursday morning.').waitFor()
    coordinator.open('finish')
    await heading(page, 'Your trip is planned').waitFor()
    t.strictSame(await page.locator('.day h3').allTextContents(), ['Day 1 Thu 6 May', 'Day 2 Fri 7 May', 'Day 3 Sat 8 May', 'Day 4 Sun 9 May'])
    t.match(await page.locator('.total').textContent(), /Total €1,212€288 left of €1,500/)
    t.match(await page.locator('.itinerary').textContent(), /The first hotel was above the budget/)
    t.equal(await agent('Daylight activities'), 'Failed')

    await page.getByLabel('Messages of', { exact: true }).selectOption('SkyRoute flights')
    const ways = await page.locator('.message-way').allTextContents()
    t.strictSame(ways, ['Coordinator →  to SkyRoute flights', ...Array.from({ length: 5 }, () => 'SkyRoute flights →  to Coordinator')])
    t.strictSame(complaints, [])
  })

  t.test('JSON can be copied', async t => {
    const { page, coordinator, complaints } = await visit(t, { permissions: ['clipboard-read', 'clipboard-write'] })
    coordinator.open('search')
    await plan(page)
    await heading(page, 'What kind of hotel?').waitFor()
    await page.locator('.message summary').last().click()
    await page.getByRole('button', { name: 'Copy the JSON of input required' }).click()
    await page.getByText('Copied').waitFor()
    t.match(JSON.parse(await page.evaluate('navigator.clipboard.readText()')), { statusUpdate: { status: { state: 'TASK_STATE_INPUT_REQUIRED' } } })
    t.strictSame(complaints, [])
  })

  t.test('a trip is planned where browsers trust a page less: by http, from another machine', async t => {
    const { page, coordinator, complaints } = await visit(t, { host: 'travel.test' })
    t.equal(await page.evaluate('isSecureContext'), false)
    coordinator.open('search')
    coordinator.open('write')
    coordinator.open('finish')
    await plan(page)
    await answer(page)
    await heading(page, 'Your trip is planned').waitFor()
    t.equal(await page.getByRole('button', { name: 'Copy' }).count(), 0)
    t.strictSame(complaints, [])
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`axe finds nothing in any phase: ${colorScheme}`, async t => {
      const { page, coordinator } = await visit(t, { colorScheme })
      await throughAll(page, coordinator, async phase => { t.strictSame(await violations(page), [], phase) })
    })
  }

  t.test('nothing is wider than a phone, and nothing hangs out below', async t => {
    const { page, coordinator } = await visit(t, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true })
    await throughAll(page, coordinator, async phase => {
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, phase)
      const below = await page.evaluate<number>('document.documentElement.scrollHeight - document.querySelector("footer").getBoundingClientRect().bottom - scrollY')
      t.ok(below < 1, `${phase}: ${below} px below the footer`)
    })
  })

  t.test('a broken connection is taken up again, and nothing comes twice or not at all', async t => {
    const { page, coordinator } = await visit(t)
    await plan(page)
    await page.getByRole('listitem').getByText('Asking for flights').waitFor()
    coordinator.cut()
    await page.getByText('The connection broke').waitFor()
    coordinator.open('search')
    coordinator.restore()
    await heading(page, 'What kind of hotel?').waitFor()
    t.equal(await page.getByText('The connection broke').count(), 0)
    t.strictSame(await page.locator('.log li').allTextContents(), [
      'Four days in Rome from 6 May, two travellers, 1,500 EUR.', 'Asking for flights from Berlin to Rome.', '5 flights found.'
    ])
    const [, again] = coordinator.requests
    t.match(again, { method: 'SubscribeToTask', lastEventId: /^\d+$/ })

    await answer(page)
    coordinator.open('write')
    coordinator.open('finish')
    await heading(page, 'Your trip is planned').waitFor()
    t.strictSame(coordinator.requests.map(({ method }) => method), ['SendStreamingMessage', 'SubscribeToTask', 'SendStreamingMessage'])
  })

  t.test('a page that is loaded again shows the whole trip', async t => {
    const { page, coordinator, complaints } = await visit(t)
    await plan(page)
    coordinator.open('search')
    await heading(page, 'What kind of hotel?').waitFor()
    const before = await page.locator('.message').count()
    await page.reload()
    await heading(page, 'What kind of hotel?').waitFor()
    t.equal(await page.locator('blockquote').textContent(), wish)
    // All but the request that this page itself had sent.
    t.equal(await page.locator('.message').count(), before - 1)

    await answer(page)
    coordinator.open('write')
    coordinator.open('finish')
    await heading(page, 'Your trip is planned').waitFor()
    await page.reload()
    await heading(page, 'Your trip is planned').waitFor()
    t.equal(await page.locator('.day').count(), 4)
    t.equal(await page.locator('.log li').count(), 6)
    t.strictSame(complaints, [])

    await page.getByRole('button', { name: 'Plan another trip' }).click()
    t.equal(await page.getByLabel('Your wish').inputValue(), '')
    t.notMatch(page.url(), '#')
  })

  t.test('a trip is canceled while the agents work, and while they wait', async t => {
    const { page, coordinator, complaints } = await visit(t)
    await plan(page)
    await page.getByText('Looks for flights from Berlin to Rome').waitFor()
    await page.getByRole('button', { name: 'Cancel the trip' }).click()
    await heading(page, 'Trip canceled').waitFor()
    t.equal(await page.locator('.agent-working').count(), 0)

    coordinator.open('search')
    await page.getByRole('button', { name: 'Plan another trip' }).click()
    await plan(page)
    await heading(page, 'What kind of hotel?').waitFor()
    await page.getByRole('button', { name: 'Cancel the trip' }).click()
    await heading(page, 'Trip canceled').waitFor()
    t.equal(await heading(page, 'What kind of hotel?').count(), 0)
    t.strictSame(complaints, [])
  })

  t.test('with the agents of `npm start`, a wish and one answer become a trip', async t => {
    const { url } = await startExample(t, { PACE: '0' })
    const page = await browser.newPage({ locale: 'en-US' })
    t.teardown(async () => { await page.close() })
    await page.goto(url)
    await plan(page, 'Seven days in Tokyo in May for temples and food, under 3,000 euros')
    await heading(page, 'Would you like to fly from Berlin to Tokyo in the morning or in the evening?').waitFor()
    await page.getByRole('radio', { name: 'morning' }).check()
    await page.getByRole('button', { name: 'Send the answer' }).click()
    await heading(page, 'Your trip is planned').waitFor()
    t.equal(await page.locator('.day h3').count(), 7)
    t.match(await page.locator('.day h3').first().textContent(), /^Day 1 .* 8 May$/)
    t.match(await page.getByRole('status').first().textContent(), /^Tokyo: €[12],\d{3} of €3,000\.$/)
  })

  t.test('a trip that fails or is refused says why, and offers what can be done', async t => {
    const { page, coordinator } = await visit(t)
    await plan(page, 'Fail to fly to Atlantis')
    await heading(page, 'This trip could not be planned').waitFor()
    t.equal(await page.getByRole('status').first().textContent(), 'No airline flies there.')
    await page.getByRole('button', { name: 'Try again' }).click()
    await until(() => coordinator.requests.length === 2)
    await page.getByText('No airline flies there.').first().waitFor()

    await page.getByRole('button', { name: 'Change the wish' }).click()
    t.equal(await page.getByLabel('Your wish').inputValue(), 'Fail to fly to Atlantis')
    await plan(page, 'Refuse to write a poem')
    await heading(page, 'This is not a trip that the agents plan').waitFor()
    t.equal(await page.getByText('I plan trips, and nothing else.').count(), 1)
    t.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0)
  })

  t.test('a coordinator that is not there, and a trip that it does not know', async t => {
    const { page, coordinator } = await visit(t)
    coordinator.cut()
    await plan(page)
    await page.getByText('The coordinator can\'t be reached. Is it still running?').waitFor()
    coordinator.restore()
    coordinator.open('search')
    await page.getByRole('button', { name: 'Try again' }).click()
    await heading(page, 'What kind of hotel?').waitFor()

    await page.evaluate('location.hash = "#task=never-was"')
    await page.getByText('The coordinator knows nothing of this trip any more.').waitFor()
  })

  t.test('colours are the system\'s until one chooses, and stay chosen', async t => {
    const { page } = await visit(t, { colorScheme: 'dark' })
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const dark = await ground()
    await page.getByRole('radio', { name: 'Light' }).check({ force: true })
    const light = await ground()
    t.not(light, dark)
    await page.reload()
    await page.getByRole('radio', { name: 'Light' }).waitFor({ state: 'attached' })
    t.equal(await ground(), light)
    await page.getByRole('radio', { name: 'Auto' }).check({ force: true })
    t.equal(await ground(), dark)
  })
}

function contentsOf (folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return Object.fromEntries(files.sort().map(file => [file.slice(folder.length).replace(/^\//, ''), readFileSync(file, 'utf8')]))
}
