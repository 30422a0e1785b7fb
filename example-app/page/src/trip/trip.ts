/** A trip as it is planned: what the page knows of one task. */
import type { Artifact, TaskState } from '../../../../schemas/v1/common.ts'
import type { AgentId, AgentProgress, Form, ItineraryItem } from '../../../shared/messages.ts'

/** `idle`: there is no trip yet. `asking`: the task waits for the traveller. The last four are ends. */
export type Phase = 'idle' | 'running' | 'asking' | 'done' | 'failed' | 'canceled' | 'rejected'

export type AgentNow = AgentProgress['agent']

/** A message of A2A, with those between this page and the coordinator. */
export type Entry = {
  readonly from: AgentId | 'page'
  readonly to: AgentId | 'page'
  /** ISO 8601. */
  readonly at: string
  /** Of what was received, the operation that it answers. */
  readonly method?: string | undefined
  readonly payload: unknown
}

export type Question = { readonly text: string, readonly form: Form | undefined }

export type Trip = {
  readonly phase: Phase
  readonly wish: string
  readonly taskId: string | undefined
  readonly contextId: string | undefined
  readonly isConnected: boolean
  /** As they were last told of, in the order in which they were first. */
  readonly agents: readonly AgentNow[]
  /** What has been said to people, the latest last. */
  readonly lines: readonly string[]
  readonly offers: readonly ItineraryItem[]
  readonly entries: readonly Entry[]
  readonly artifacts: readonly Artifact[]
  readonly question: Question | undefined
  /** Why it has ended, where that was said. */
  readonly ending: string | undefined
  /** Of status messages: none is taken twice. */
  readonly seen: ReadonlySet<string>
}

export const noTrip: Trip = {
  phase: 'idle',
  wish: '',
  taskId: undefined,
  contextId: undefined,
  isConnected: true,
  agents: [],
  lines: [],
  offers: [],
  entries: [],
  artifacts: [],
  question: undefined,
  ending: undefined,
  seen: new Set()
}

const phases: Readonly<Record<TaskState, Phase>> = {
  TASK_STATE_SUBMITTED: 'running',
  TASK_STATE_WORKING: 'running',
  TASK_STATE_INPUT_REQUIRED: 'asking',
  // Somebody else is to agree, and the agents wait for it: the page can only show that.
  TASK_STATE_AUTH_REQUIRED: 'running',
  TASK_STATE_COMPLETED: 'done',
  TASK_STATE_FAILED: 'failed',
  TASK_STATE_CANCELED: 'canceled',
  TASK_STATE_REJECTED: 'rejected'
}

export function phaseOf (state: TaskState): Phase {
  return phases[state]
}

/** The agents are at it, or wait for an answer. */
export function isOpen ({ phase }: Trip): boolean {
  return phase === 'running' || phase === 'asking'
}

export function isOver ({ phase }: Trip): boolean {
  return phase !== 'idle' && phase !== 'running' && phase !== 'asking'
}
