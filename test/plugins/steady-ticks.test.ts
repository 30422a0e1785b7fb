import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { tick } from '../../plugins/steady-ticks.ts'

t.test('what is kept is what process.nextTick queues', async t => {
  await nextTurn()
  t.match(tick, { callback: Function })
})
