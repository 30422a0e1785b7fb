import type { ConnectionOptions, Queue, Worker } from 'bullmq'
import { JobServers, type JobQueue } from '../task/jobs.ts'
import type { TaskRef } from '../task/letters.ts'
import { loadEngine, workerOf, type WorkerOptions } from './options.ts'

export type BullMqOptions = WorkerOptions & {
  /** What BullMQ connects by: `{ url }`, the options of ioredis, or a client with `maxRetriesPerRequest: null`. */
  connection: ConnectionOptions
  /** Goes before every key. Default: `a2a`. */
  prefix?: string
}

const queueName = 'turns'
/** How long a worker may be silent before its jobs are given to others, in ms. */
const lockDuration = 15_000

/** Jobs in Redis, by BullMQ. @throws MisuseError when it is not installed */
export async function openBullMq ({ connection, prefix = 'a2a', ...options }: BullMqOptions): Promise<JobQueue> {
  const { Queue, Worker } = await loadEngine('bullmq', () => import('bullmq'))
  const worker = workerOf(options)
  const servers = new JobServers()
  const queue: Queue<TaskRef> = new Queue(queueName, { connection, prefix })
  queue.on('error', ignore)
  const fetching: Worker<TaskRef> | undefined = worker && new Worker(queueName, async ({ data }) => await servers.work(data), {
    connection,
    prefix,
    autorun: false,
    concurrency: worker.concurrency,
    lockDuration,
    stalledInterval: lockDuration,
    // A task that kills its workers is given up by `maxAttempts` of the agent.
    maxStalledCount: Number.MAX_SAFE_INTEGER
  })
  fetching?.on('error', ignore)
  return {
    isWorker: worker !== undefined,
    async add (task) {
      await queue.add('task', task, {
        attempts: options.attempts ?? 20,
        backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
        removeOnComplete: true,
        removeOnFail: { count: 1000 },
        // What is asked for while a worker is about to finish is worth another look.
        deduplication: { id: `${task.scope.agent} ${task.taskId}`, keepLastIfActive: true }
      })
    },
    serve: server => servers.add(server),
    async start () {
      fetching?.run().catch(ignore)
    },
    async rest () {
      await fetching?.pause(true)
    },
    async close () {
      await fetching?.close()
      await queue.close()
    }
  }
}

/** The connection is made again by itself, and whoever waits for an answer is told. */
function ignore (): void {}
