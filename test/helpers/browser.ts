import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import type { Test } from 'tap'
import { requireService } from './service.ts'

/** Debian's Chromium, which ends with the test, and finds names below `.test` at 127.0.0.1; undefined where there is none to start. */
export async function startBrowser (t: Test): Promise<Browser | undefined> {
  const executablePath = findChromium()
  if (!requireService(t, 'Chromium', executablePath !== undefined) || executablePath === undefined) return undefined
  // Containers have neither its sandbox nor much of the memory that it likes to share.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP *.test 127.0.0.1'] })
  t.teardown(async () => { await browser.close() })
  return browser
}

function findChromium (): string | undefined {
  if (existsSync('/usr/bin/chromium')) return '/usr/bin/chromium'
  try {
    return execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
