import { send } from '../load/requests.ts'
import { unary } from '../load/unary.ts'
import type { Row } from '../report.ts'
import type { Scenario } from './scenario.ts'

const marks = [50_000, 100_000, 200_000]
const MiB = 1024 * 1024

/** Memory after many sends, with the default retention. */
export const memoryScenario: Scenario = async ({ start }) => {
  const server = await start('ours')
  const body = send('SendMessage', 'answer')
  const rows: Row[] = []
  let done = 0
  let first: number | undefined
  for (const mark of marks) {
    await unary(server.port, body, { amount: mark - done })
    done = mark
    const { rss, heapUsed } = await server.memory()
    const growth = rss / (first ?? rss)
    rows.push({
      what: `after ${mark.toLocaleString('en')} sends`,
      who: 'fastify-a2a',
      value: `RSS ${(rss / MiB).toFixed(0)} MB, heap ${(heapUsed / MiB).toFixed(1)} MB`,
      ...first !== undefined && { target: { text: `RSS within 10 % of that after ${marks[0]?.toLocaleString('en')}: ${((growth - 1) * 100).toFixed(0)} %`, ok: growth <= 1.1 } }
    })
    first ??= rss
  }
  return rows
}
