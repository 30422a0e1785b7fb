import autocannon from 'autocannon'
import type { Work } from '../rounds.ts'
import { headers } from './requests.ts'

const connections = 32

/** One request after the other on each connection. @param extent how long, or how many requests @param more headers beside the usual ones */
export async function unary (port: number, body: string, extent: { duration: number } | { amount: number }, more: Record<string, string> = {}, path = '/a2a'): Promise<Work> {
  const begun = performance.now()
  const result = await autocannon({ url: `http://127.0.0.1:${port}${path}`, method: 'POST', headers: { ...headers, ...more }, body, connections, ...extent })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`)
  return { count: result['2xx'], seconds: (performance.now() - begun) / 1000 }
}
