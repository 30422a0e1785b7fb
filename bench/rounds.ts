import type { Server } from './server-process.ts'

/** What a load got done, and in what time. */
export type Work = { count: number, seconds: number }

export type Subject = {
  readonly server: Server
  load (seconds: number): Promise<Work>
}

/** Medians over the samples. */
export type Result = {
  /** Done in a second of the server's CPU: its rate on a core that is its own. */
  readonly rate: number
  /** Done in a second of the clock. */
  readonly wallRate: number
  /** The share of the time in which the server had its core. */
  readonly busy: number
  /** One of each round: those of different subjects in the same round stand at the same index. */
  readonly samples: readonly Sample[]
}

type Sample = { rate: number, wallRate: number, busy: number }

/** Seconds of a server's CPU before its first round: V8 has then compiled what is hot. */
const warmUpCpu = 8
/** Loads of a second at most to get there, where others use the core as well. */
const warmUpLoads = 14

export type Extent = {
  readonly rounds: number
  readonly seconds: number
  /** Whether others work on the core of the load, as databases do: it must leave them time. */
  readonly sharesCore?: boolean
}

/** Loads the subjects in turns: A B C A B C. What changes about the machine changes for all of them. */
export async function inTurns<S extends Record<string, Subject>> (subjects: S, { rounds, seconds, sharesCore = false }: Extent): Promise<{ [K in keyof S]: Result }> {
  const entries = Object.entries(subjects)
  const samples = new Map(entries.map(([key]) => [key, [] as Sample[]]))
  const rest = sharesCore ? () => {} : stayAwake()
  try {
    for (const [, subject] of entries) await warmUp(subject)
    for (let round = 0; round < rounds; round++) {
      for (const [key, subject] of entries) samples.get(key)?.push(await sample(subject, seconds))
    }
  } finally {
    rest()
  }
  return Object.fromEntries(entries.map(([key]) => [key, summary(samples.get(key) ?? [])])) as { [K in keyof S]: Result } // the same keys
}

/**
 * Measures several times, with servers of its own each time: of the same code, a process may be a tenth slower than another for as long as it
 * lives, by what V8 has made of it.
 * @param processes of each subject
 * @param measure starts the servers and stops them
 */
export async function inProcesses<R extends Record<string, Result | undefined>> (processes: number, measure: () => Promise<R>): Promise<R> {
  const samples = new Map<string, Sample[]>()
  for (let i = 0; i < processes; i++) {
    for (const [key, result] of Object.entries(await measure())) samples.set(key, [...samples.get(key) ?? [], ...result?.samples ?? []])
  }
  return Object.fromEntries([...samples].map(([key, samples]) => [key, summary(samples)])) as R // the same keys
}

/** The median of the rounds' ratios. */
export function ratio (a: Result, b: Result): number {
  return median(a.samples.map(({ rate }, round) => rate / (b.samples[round]?.rate ?? rate)))
}

/**
 * A load that sleeps must be woken by every answer, and the kernel does that on the core of the server: a quarter of what it takes for a send, and
 * less the faster the answers follow each other.
 * @returns ends it
 */
function stayAwake (): () => void {
  let isOver = false
  const turn = () => { if (!isOver) setImmediate(turn) }
  turn()
  return () => { isOver = true }
}

async function warmUp ({ server, load }: Subject): Promise<void> {
  const enough = await server.cpu() + warmUpCpu
  for (let i = 0; i < warmUpLoads && await server.cpu() < enough; i++) await load(1)
}

async function sample ({ server, load }: Subject, seconds: number): Promise<Sample> {
  const before = await server.cpu()
  const work = await load(seconds)
  const cpu = await server.cpu() - before
  return { rate: work.count / cpu, wallRate: work.count / work.seconds, busy: cpu / work.seconds }
}

function summary (samples: readonly Sample[]): Result {
  return {
    rate: median(samples.map(({ rate }) => rate)),
    wallRate: median(samples.map(({ wallRate }) => wallRate)),
    busy: median(samples.map(({ busy }) => busy)),
    samples
  }
}

export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}
