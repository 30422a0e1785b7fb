import type { Test } from 'tap'

/**
 * For tests that need what not every machine has. Where it is missing the test skips itself and says so; in CI
 * it fails instead: a test that never runs there would never be missed.
 * @returns whether to go on
 */
export function requireService (t: Test, name: string, available: boolean): boolean {
  if (available) return true
  if (process.env.CI) t.fail(`${name} is missing, and CI must have it`)
  else t.pass(name, { skip: `${name} is missing` })
  return false
}
