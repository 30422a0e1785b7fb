import type { Test } from 'tap'
import { createSut } from '../conformance/server.ts'
import type { Environment } from '../conformance/settings.ts'

/** The conformance agent, in both versions unless `env` says otherwise, as long as the test lasts. @returns its URL */
export async function serve (t: Test, env: Environment = {}): Promise<string> {
  const { app } = await createSut({ PORT: '0', SUT_VERSIONS: '1.0,0.3', ...env })
  t.teardown(async () => { await app.close() })
  return await app.listen({ host: '127.0.0.1', port: 0 })
}
