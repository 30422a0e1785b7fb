import type PgBoss from 'pg-boss'
import { JobServers, type JobQueue } from '../task/jobs.ts'
import type { TaskRef } from '../task/letters.ts'
import { loadEngine, workerOf, type WorkerOptions } from './options.ts'

export type PgBossOptions = WorkerOptions & {
  connectionString: string
  /** Where the tables of pg-boss are. Default: `a2a_jobs`. */
  schema?: string
  /** Between two looks for jobs, in ms. Default: 250. */
  pollInterval?: number
}

const queueName = 'turns'

/** Jobs in PostgreSQL, by pg-boss. @throws MisuseError when it is not installed */
export async function openPgBoss ({ connectionString, schema = 'a2a_jobs', pollInterval = 250, ...options }: PgBossOptions): Promise<JobQueue> {
  const { default: Boss } = await loadEngine('pg-boss', () => import('pg-boss'))
  const worker = workerOf(options)
  const servers = new JobServers()
  const boss = new Boss({ connectionString, schema, retryLimit: options.attempts ?? 20, retryDelay: 1, retryBackoff: true })
  boss.on('error', ignore) // the next call says so
  await boss.start()
  // Of a task, one job waits and one is at work, at most.
  await boss.createQueue(queueName, { name: queueName, policy: 'stately' })
  const fetcher = worker && new Fetcher(boss, worker.concurrency, pollInterval, servers)
  return {
    isWorker: worker !== undefined,
    async add (task) {
      await boss.send(queueName, task, { singletonKey: `${task.scope.agent} ${task.taskId}` })
    },
    serve: server => servers.add(server),
    async start () {
      fetcher?.start()
    },
    async rest () {
      fetcher?.rest()
    },
    async close () {
      fetcher?.rest()
      await fetcher?.idle()
      await boss.stop({ graceful: false, wait: true })
    }
  }
}

/** Fetches as many jobs as there is room for, by one query for all of them. */
class Fetcher {
  readonly #boss: PgBoss
  readonly #concurrency: number
  readonly #interval: number
  readonly #servers: JobServers
  readonly #atWork = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #isOff = false

  constructor (boss: PgBoss, concurrency: number, interval: number, servers: JobServers) {
    this.#boss = boss
    this.#concurrency = concurrency
    this.#interval = interval
    this.#servers = servers
  }

  start (): void {
    void this.#fetch()
  }

  rest (): void {
    this.#isOff = true
    clearTimeout(this.#timer)
  }

  /** Resolves when nothing is at work any more. */
  async idle (): Promise<void> {
    while (this.#atWork.size > 0) await Promise.all(this.#atWork)
  }

  async #fetch (): Promise<void> {
    const room = this.#concurrency - this.#atWork.size
    const jobs = room === 0 ? [] : await this.#boss.fetch<TaskRef>(queueName, { batchSize: room }).catch(() => [])
    for (const job of jobs) {
      const work = this.#work(job).finally(() => this.#atWork.delete(work))
      this.#atWork.add(work)
    }
    if (this.#isOff) return
    this.#timer = setTimeout(() => { void this.#fetch() }, jobs.length > 0 && jobs.length === room ? 0 : this.#interval)
  }

  async #work ({ id, data }: PgBoss.Job<TaskRef>): Promise<void> {
    try {
      await this.#servers.work(data)
      await this.#boss.complete(queueName, id)
    } catch (error) {
      // Should the database not hear of it, the job expires, and is given to somebody else.
      await this.#boss.fail(queueName, id, { message: error instanceof Error ? error.message : 'failed' }).catch(ignore)
    }
  }
}

function ignore (): void {}
