/** The skill round-trip, as Kestrel does it: one airline, nonstop. */
import type { TaskContext } from '../../../plugins/index.ts'
import { said } from '../../shared/conversation.ts'
import { partnerAnswers } from '../../shared/pace.ts'
import { askTimeOfDay, problemOf, readTrip } from '../../shared/round-trip.ts'
import { findRoundTrips, flies } from '../departures.ts'

export default async function roundTrip (task: TaskContext) {
  const trip = readTrip(said(task))
  const problem = problemOf(trip, flies)
  if (problem !== undefined) return await task.reject(problem)
  if (trip.timeOfDay === undefined) return await task.requireInput(askTimeOfDay(trip))

  // `problemOf` has seen to it that they are there.
  const { from = '', to = '', departs = '', returns = '', travellers = 1, timeOfDay } = trip
  await task.working(`Looking for seats from ${from} to ${to} on ${departs}, in the ${timeOfDay}`)
  const found = findRoundTrips({ from, to, departs, returns, travellers, timeOfDay })
  if (found.length === 0) return await task.complete(`No flights from ${from} to ${to} in the ${timeOfDay}.`)
  const artifact = task.artifactStream({ artifactId: 'offers', name: 'offers' })
  for (const offer of found) {
    await partnerAnswers(task.signal)
    await artifact.write({ data: offer })
  }
  await artifact.end(`${found.length} round trips.`)
}
