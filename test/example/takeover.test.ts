/** The flight agent dies, as processes do, and the other one completes the trip. */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startExample } from './process.ts'
import { startTeam } from './team.ts'
import { sentTo, statesOf, travel, type Journey } from './traveller.ts'

const wish = 'Seven days in Tokyo for two on 2090-03-12, up to 4500 EUR. We love temples, food and gardens.'

t.test('in the middle of its offers', async t => {
  const flights = await startExample(t, { PACE: '200' }, ['flights'])
  const { url } = await startTeam(t, { flights: flights.url })
  let killed = false
  const journey = await travel(url, `${wish} Morning flight.`, {
    onProgress: async progress => {
      if (progress.kind !== 'offer' || progress.agent !== 'flights' || killed) return
      killed = true
      flights.child.kill('SIGKILL')
      await once(flights.child, 'exit')
    }
  })
  t.notOk(statesOf('flights', journey).includes('done'), 'it was not ready')
  t.equal(flights.child.signalCode, 'SIGKILL')
  isTakenOver(t, journey)
  t.match(sentTo('charter', journey).map(({ data }) => data.timeOfDay), [undefined, 'morning'], 'the other one asks as well, and is answered')
})

t.test('while it waits for an answer', async t => {
  const flights = await startExample(t, {}, ['flights'])
  const { url } = await startTeam(t, { flights: flights.url })
  const asked = await travel(url, wish)
  t.match(asked.forms, [{ agent: 'flights' }])
  flights.child.kill('SIGKILL')
  await flights.exited
  const journey = await travel(url, [{ data: { timeOfDay: 'morning' } }], { taskId: asked.taskId })
  isTakenOver(t, journey)
  t.strictSame(journey.forms, [], 'nobody is asked twice')
})

t.test('when it is not there at all', async t => {
  const flights = await startExample(t, {}, ['flights'])
  flights.child.kill('SIGKILL')
  await flights.exited
  const { url } = await startTeam(t, { flights: flights.url })
  const journey = await travel(url, `${wish} Morning flight.`)
  t.equal(journey.states.at(-1), 'TASK_STATE_COMPLETED')
  t.equal(journey.itinerary?.items[0]?.agent, 'charter')
})

t.test('both of them: the trip fails, and says why', async t => {
  const [flights, charter] = await Promise.all([startExample(t, {}, ['flights']), startExample(t, {}, ['charter'])])
  const { url } = await startTeam(t, { flights: flights.url, charter: charter.url })
  for (const { child, exited } of [flights, charter]) {
    child.kill('SIGKILL')
    await exited
  }
  const journey = await travel(url, `${wish} Morning flight.`)
  t.equal(journey.states.at(-1), 'TASK_STATE_FAILED')
  t.match(journey.text, /No agent for flights/)
})

function isTakenOver (t: Test, journey: Journey): void {
  t.equal(journey.states.at(-1), 'TASK_STATE_COMPLETED', journey.text)
  t.equal(statesOf('flights', journey).at(-1), 'failed')
  t.equal(statesOf('charter', journey).at(-1), 'done')
  t.match(journey.itinerary, { items: [{ kind: 'flight', agent: 'charter' }], notes: [/SkyRoute flights failed; Kestrel charter took over/] })
  t.ok((journey.itinerary?.total.amount ?? Infinity) <= 4500)
  t.equal(sentTo('activities', journey).length <= 1, true, 'the others are not disturbed')
}
