import type { Done, Job } from './control.ts'

/** Does something over and over, so many at a time, until the time is over; what has begun by then is done to its end. */
export async function repeat ({ parallel, seconds }: Job, act: () => Promise<number>): Promise<Done> {
  const latencies: number[] = []
  let count = 0
  const begun = performance.now()
  const worker = async () => {
    while (performance.now() < begun + seconds * 1000) {
      const start = performance.now()
      const done = await act()
      count += done
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return { count, seconds: (performance.now() - begun) / 1000, latencies }
}

/** Chunks of the artifact of a stream, and the events that are there besides: the task, and its completion. */
export const chunks = 500
export const events = chunks + 2

export function check (text: string): void {
  if (!text.includes('is 42')) throw new Error(`not the answer that was expected: ${text}`)
}

export function checkEvents (seen: number): number {
  if (seen !== events) throw new Error(`a stream had ${seen} events, not ${events}`)
  return seen
}
