/** Partners take their time. `PACE` says how long each of them takes to answer, in ms: 25 unless it is set. */
import { setTimeout as sleep } from 'node:timers/promises'

const ms = Number(process.env.PACE ?? 25)
if (!(ms >= 0 && ms <= 60_000)) throw new Error(`PACE must be a number of milliseconds up to 60000, got ${process.env.PACE}`)

export async function partnerAnswers (signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal })
}

export const pace = ms
