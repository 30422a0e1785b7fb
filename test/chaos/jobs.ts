/** What clients do, each with what must come of it. */
import type { Artifact, StreamResponse, Task } from '../../schemas/v1/common.ts'
import { isInterrupted, isTerminal } from '../../lib/task/states.ts'
import { until } from '../helpers/wait.ts'
import { RpcFailure, stateIn, type Caller, type Story } from './caller.ts'
import type { Inbox } from './inbox.ts'
import type { Tally } from './tally.ts'
import { numbers, textOf } from './work.ts'

export type Trial = { caller: Caller, inbox: Inbox, tally: Tally }

export type Job = (trial: Trial) => Promise<void>

/** The codes of errors that a repeated call may get, because the first one was heard. */
const taskNotCancelable = -32002

/** How many numbers; long enough to be killed in the middle. */
const length = () => 20 + Math.floor(Math.random() * 60)

async function stream ({ caller, tally }: Trial): Promise<void> {
  const limit = length()
  const story = await caller.stream(`count ${limit}`)
  checkStory(tally, story, limit)
  await checkTask({ caller, tally }, story.taskId, limit)
}

async function blockingSend ({ caller, tally }: Trial): Promise<void> {
  const limit = length()
  const { id } = await caller.settled(await caller.send(`count ${limit}`))
  await checkTask({ caller, tally }, id, limit)
}

async function followUp ({ caller, tally }: Trial): Promise<void> {
  const asked = await caller.settled(await caller.send('ask'), isInterrupted)
  const limit = length()
  const answered = await caller.settled(await caller.send(`count ${limit}`, { message: { taskId: asked.id } }))
  await checkTask({ caller, tally }, answered.id, limit)
  const said = answered.history?.filter(({ role }) => role === 'ROLE_USER').map(message => textOf(message)) ?? []
  tally.check(`messages of ${answered.id}`, said, ['ask', `count ${limit}`])
}

async function cancel ({ caller, tally }: Trial): Promise<void> {
  const { id } = await caller.send('stay', { configuration: { returnImmediately: true } })
  const canceled = await caller.call<Task>('CancelTask', { id }).catch(async error => {
    if (error instanceof RpcFailure && error.code === taskNotCancelable) return await caller.call<Task>('GetTask', { id })
    throw error
  })
  const { status } = await caller.settled(canceled)
  tally.tasks++
  if (status.state !== 'TASK_STATE_CANCELED') tally.fail(`task ${id} was canceled, and is ${status.state}`)
}

async function push (trial: Trial): Promise<void> {
  const { caller, inbox, tally } = trial
  const limit = length()
  const story = await caller.stream(`count ${limit}`, { configuration: { taskPushNotificationConfig: { url: inbox.url } } })
  checkStory(tally, story, limit)
  await checkTask(trial, story.taskId, limit)
  await until(() => inbox.of(story.taskId).some(response => isTerminal(stateIn(response) ?? 'TASK_STATE_WORKING')))
  const expected = statesOf(story.events)
  const since = joinedAt(story)
  const pushed = statesOf(inbox.of(story.taskId)).filter(state => expected.includes(state) || timeOf(state) > since)
  tally.check(`pushed states of ${story.taskId}`, pushed, expected)
  tally.check(`pushed numbers of ${story.taskId}`, wholeNumbers(inbox.of(story.taskId)), split(numbers(limit)))
}

export const jobs: ReadonlyArray<{ name: string, job: Job, atOnce: number }> = [
  { name: 'stream', job: stream, atOnce: 8 },
  { name: 'blocking send', job: blockingSend, atOnce: 4 },
  { name: 'follow-up', job: followUp, atOnce: 3 },
  { name: 'cancel', job: cancel, atOnce: 2 },
  { name: 'push', job: push, atOnce: 4 }
]

/** What the client has seen, as it came. */
function checkStory (tally: Tally, { taskId, events }: Story, limit: number): void {
  let seen: string[] = []
  for (const event of events) {
    // A client that joins late gets what there is with the task.
    if ('task' in event) seen = numbersIn(event.task.artifacts?.find(isNumbers))
    else if ('artifactUpdate' in event && isNumbers(event.artifactUpdate.artifact)) seen.push(...numbersIn(event.artifactUpdate.artifact))
  }
  tally.check(`stream of ${taskId}`, seen, split(numbers(limit)))
}

/** What is kept of the task. */
async function checkTask ({ caller, tally }: Pick<Trial, 'caller' | 'tally'>, id: string, limit: number): Promise<void> {
  const { status, artifacts = [] } = await caller.call<Task>('GetTask', { id })
  tally.tasks++
  if (status.state !== 'TASK_STATE_COMPLETED') tally.fail(`task ${id} is ${status.state}`)
  tally.check(`task ${id}`, numbersIn(artifacts.find(isNumbers)), split(numbers(limit)))
  const { attempts } = artifacts.find(({ artifactId }) => artifactId === 'attempts')?.parts[0]?.data as { attempts: number } // as the executor wrote it
  tally.takenOver += attempts - 1
}

/** Since when the client has seen every event: what was before, it got with the task. */
function joinedAt ({ events }: Story): string {
  const joined = events.findLast(event => 'task' in event)
  return joined !== undefined && 'task' in joined ? joined.task.status.timestamp ?? '' : ''
}

function timeOf (state: string): string {
  return state.split(' ')[1] ?? ''
}

function statesOf (events: readonly StreamResponse[]): string[] {
  // An attempt that begins anew says again that it works: what is compared are the events, and each of them is one.
  return events.flatMap(event => 'statusUpdate' in event ? `${event.statusUpdate.status.state} ${event.statusUpdate.status.timestamp}` : [])
}

/** Of the artifact as a whole, the last one of that name that came. */
function wholeNumbers (events: readonly StreamResponse[]): string[] {
  const artifacts = events.flatMap(event => 'artifactUpdate' in event ? event.artifactUpdate.artifact : [])
  return numbersIn(artifacts.findLast(isNumbers))
}

function isNumbers ({ artifactId }: Artifact): boolean {
  return artifactId === 'numbers'
}

function numbersIn (artifact: Artifact | undefined): string[] {
  return split(textOf(artifact))
}

function split (text: string): string[] {
  return text.trim().split(' ').filter(item => item !== '')
}
