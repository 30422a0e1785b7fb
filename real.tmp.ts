import { chromium } from 'playwright-core'
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
async function shoot (name: string, options: object) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.on('console', m => console.log(name, m.type(), m.text()))
  page.on('pageerror', e => console.log(name, 'ERR', e.message, e.stack))
  await page.goto('http://localhost:4310/')
  await page.getByText('Tokyo').first().click()
  await page.screenshot({ path: `/tmp/ui/real-${name}-1.png`, fullPage: true })
  await page.getByRole('button', { name: 'Plan the trip' }).click()
  await page.getByText('Hotels', { exact: true }).waitFor({ timeout: 20000 }).catch(() => {})
  await page.screenshot({ path: `/tmp/ui/real-${name}-2.png`, fullPage: true })
  await page.locator('.trip-asking, .trip-done, .trip-failed').first().waitFor({ timeout: 30000 })
  await page.screenshot({ path: `/tmp/ui/real-${name}-3.png`, fullPage: true })
  for (let i = 0; i < 3 && await page.locator('.trip-asking').count() > 0; i++) {
    for (const r of await page.locator('fieldset.field').all()) await r.getByRole('radio').first().check()
    await page.getByRole('button', { name: 'Send the answer' }).click()
    await page.locator('.trip-asking, .trip-done, .trip-failed').first().waitFor({ timeout: 30000 })
  }
  await page.waitForTimeout(1500)
  await page.screenshot({ path: `/tmp/ui/real-${name}-4.png`, fullPage: true })
  await page.reload(); await page.locator('.trip-done').waitFor({ timeout: 10000 })
  await page.waitForTimeout(500)
  await page.screenshot({ path: `/tmp/ui/real-${name}-5.png`, fullPage: true })
  await context.close()
}
await shoot('light', { viewport: { width: 1280, height: 860 }, colorScheme: 'light' })
await browser.close()
