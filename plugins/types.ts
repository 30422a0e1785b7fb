import type { AgentCard } from '../schemas/v1/card.ts'
import type { Task } from '../schemas/v1/common.ts'
import type { Principal } from '../lib/agent/executor.ts'
import type { ResumeOptions } from '../lib/operations/resume.ts'
import type { DeadLetterBox } from '../lib/push/dead-letters.ts'
import type { JobQueue } from '../lib/task/jobs.ts'
import type { TaskStore } from '../lib/task/store.ts'
import type { Health, HealthOptions } from './health.ts'

/** An agent that this server hosts. */
export interface HostedAgent {
  /** Its name in the store. */
  readonly id: string
  /** Whose agent it is; `''` for the one that requests without a tenant reach. */
  readonly tenant: string
  /** Where its routes are; `''` at the root. */
  readonly prefix: string
  /** The URL of the prefix, where the options give it. */
  readonly publicUrl: string | undefined
  /** The path of the card, below the prefix and the tenant. */
  readonly cardPath: string
  /** Whether it stands in the options; false where a function has answered it. */
  readonly isFixed: boolean
  /** Its card as a client at `baseUrl` would get it. */
  card (baseUrl: string): Promise<AgentCard>
  /** Push notifications that were given up, of all agents with this id; undefined for an agent that does not push. */
  readonly deadLetters: DeadLetterBox | undefined
  /** Turns that run or wait in this process. */
  readonly activeTurns: number
}

export interface A2AHost {
  /** The agents of this server, in the order of their registration; of those that a function answers, the ones at hand. */
  readonly agents: readonly HostedAgent[]
  /** Whether the stores of these agents answer: for a health check of the host. Never rejects. */
  health (options?: HealthOptions): Promise<Health>
  /**
   * Lets a task go on that waits for authorization, which was given out of band (A2A 1.0 §7.6): its executor is called
   * for the next turn. Resolves with the task once that is on its way.
   * @throws A2AError TaskNotFound, or UnsupportedOperation when it does not wait for authorization
   */
  resume (taskId: string, options: ResumeOptions): Promise<Task>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The agents hosted here. */
    a2a: A2AHost
    /** Where tasks live: put there by a store plugin, else in memory. */
    a2aStore: TaskStore
    /** Carries turns to workers: put there by a queue plugin, for agents with `execution: 'queue'`. */
    a2aQueue: JobQueue
  }

  interface FastifyRequest {
    /**
     * Who calls. A host that authenticates by its own hooks sets it (in `onRequest` to `preHandler`);
     * tasks then belong to `a2aPrincipal.id`.
     */
    a2aPrincipal: Principal | null
  }
}
