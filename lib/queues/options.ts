import { MisuseError } from '../agent/errors.ts'

export type WorkerOptions = {
  /** Whether this process works on tasks, and on how many at once (default 10). Default: it only takes messages. */
  worker?: boolean | { concurrency?: number }
  /** How often a job is tried before the engine gives it up; the workers find its task all the same. Default: 20. */
  attempts?: number
}

export function workerOf ({ worker = false }: WorkerOptions): { concurrency: number } | undefined {
  if (worker === false) return undefined
  const { concurrency = 10 } = worker === true ? {} : worker
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new MisuseError('A2A_ERR_OPTIONS', 'queue options: worker.concurrency must be a whole number from 1')
  return { concurrency }
}

/** An engine is an optional peer. @throws MisuseError when it is not installed */
export async function loadEngine<T> (name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    throw new MisuseError('A2A_ERR_OPTIONS', `queue options: the package ${name} is not installed: npm install ${name}`, { cause: error })
  }
}
