import type { Message, StreamResponse, Struct, Task, TaskState, TaskStatus } from '../../../schemas/v1/common.ts'
import { MisuseError } from '../../agent/errors.ts'
import type { TaskContext } from '../../agent/executor.ts'
import { fold, startFold } from '../../task/fold.ts'
import { canTransition, isTerminal } from '../../task/states.ts'
import { Bus } from './bus.ts'
import { diffTask } from './diff.ts'
import { fromProtoArtifact, fromProtoMessage, fromProtoStatus, fromProtoStruct } from './translate.ts'
import type { A2aJsEvent, ProtoArtifactUpdate, ProtoMessage, ProtoStatusUpdate, ProtoTask } from './types.ts'

/** What the executor has said about the turn so far. */
export type TurnPhase =
  /** `finished()`, a message or a terminal state. */
  | 'over'
  /** INPUT_REQUIRED: it is the client's turn. */
  | 'input'
  /** AUTH_REQUIRED: the executor may go on by itself (A2A 1.0 §7.6.1). */
  | 'auth'
  /** It has announced SUBMITTED or WORKING, and nothing after that: an end should follow. */
  | 'active'
  /** No state was announced in this turn. */
  | 'silent'

export interface Turn {
  readonly bus: Bus
  readonly phase: TurnPhase
  /** Called after each event that counts, and on `finished()`. */
  onProgress: () => void
  /** Tells the executor's listeners, unless it has done so itself: the SDK does, for those that clean up then. */
  end (): void
  /** No event reaches the task from here on. */
  close (): void
  /** Resolves when all that was published is in the task; rejects when some of it could not be stored. */
  flush (): Promise<void>
}

/** A bus whose events go to `task`, as far as the life cycle allows; the others are logged and dropped. */
export function openTurn (task: TaskContext): Turn {
  const seen = startFold(ownCopy(task), '')
  /** Ids of messages that the client has seen: progress leaves no trace in the history. */
  const told = new Set(seen.task.history.map(message => message.messageId))
  const writes = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  let announced: TaskState | undefined
  let replied = false
  let finished = false
  let closed = false

  const bus = new Bus({
    publish (event) {
      const current = seen.task.status.state
      if (closed || finished) return drop(event, 'the turn is over')
      if (replied || isTerminal(current) || isTerminal(task.state)) return drop(event, 'the task has ended')
      try {
        apply(event)
      } catch (err) {
        // Translation fails on what JSON can't hold. The executor's other events are still good.
        task.log.warn({ err, kind: event.kind, taskId: task.taskId }, 'a2a-js executor: the event is malformed, it was dropped')
      }
      turn.onProgress()
    },
    finished () {
      finished = true
      turn.onProgress()
    }
  })

  const turn: Turn = {
    bus,
    onProgress () {},
    get phase () {
      if (finished || replied || isTerminal(task.state)) return 'over'
      switch (announced) {
        case undefined: return 'silent'
        case 'TASK_STATE_INPUT_REQUIRED': return 'input'
        case 'TASK_STATE_AUTH_REQUIRED': return 'auth'
        case 'TASK_STATE_SUBMITTED': case 'TASK_STATE_WORKING': return 'active'
        default: return 'over'
      }
    },
    end () {
      if (finished) return
      try {
        bus.finished()
      } catch (err) {
        task.log.warn({ err, taskId: task.taskId }, 'a2a-js executor: a listener of its bus has thrown')
      }
    },
    close () {
      closed = true
    },
    async flush () {
      while (writes.size > 0) await Promise.all(writes)
      if (failure !== undefined) throw failure.error
    }
  }
  return turn

  function apply (event: A2aJsEvent): void {
    switch (event.kind) {
      case 'message': return applyMessage(event.data)
      case 'task': return applyTask(event.data)
      case 'statusUpdate': return applyStatus(event.data)
      case 'artifactUpdate': return applyArtifact(event.data)
      default: drop(event, 'its kind is unknown')
    }
  }

  /** The engine knows the task's ids better than the executor: a bare message belongs to no task. */
  function applyMessage (data: ProtoMessage): void {
    const message = fromProtoMessage(data)
    if (message === undefined) return
    const { role: _, taskId: __, contextId: ___, ...reply } = message
    replied = true
    write(() => task.reply(reply))
  }

  function applyStatus ({ status: data, metadata }: ProtoStatusUpdate): void {
    const status = fromProtoStatus(data)
    if (status !== undefined) sendStatus(status, fromProtoStruct(metadata))
  }

  function applyArtifact ({ artifact: data, append, lastChunk, metadata }: ProtoArtifactUpdate): void {
    const artifact = data && fromProtoArtifact(data)
    if (artifact === undefined) return
    send({
      artifactUpdate: {
        ...ids(), artifact, ...append && { append }, ...lastChunk && { lastChunk }, ...fromProtoStruct(metadata)
      }
    })
  }

  /** A whole task: what differs from the one that is known, in the order in which it would have happened. */
  function applyTask (data: ProtoTask): void {
    const { metadata, said, artifacts, status } = diffTask(seen.task, told, data)
    if (metadata !== undefined) {
      fold(seen, { metadata })
      write(() => task.annotate(metadata))
    }
    for (const message of said) sendStatus({ state: 'TASK_STATE_WORKING', message })
    for (const update of artifacts) send({ artifactUpdate: { ...ids(), ...update } })
    if (status?.isNew === true) sendStatus(status.value)
    else if (status?.value.state === 'TASK_STATE_SUBMITTED' || status?.value.state === 'TASK_STATE_WORKING') announced ??= status.value.state
  }

  function sendStatus (status: TaskStatus, metadata: { metadata?: Struct } = {}): void {
    if (status.state === 'TASK_STATE_SUBMITTED') {
      // Where every task starts; there is nothing to tell.
      announced ??= status.state
      return
    }
    const from = seen.task.status.state
    if (!canTransition(from, status.state)) {
      return task.log.warn({ from, to: status.state, taskId: task.taskId }, 'a2a-js executor: no such transition, the event was dropped')
    }
    announced = status.state
    const { message, ...rest } = status
    if (message !== undefined) told.add(message.messageId)
    send({ statusUpdate: { ...ids(), status: { ...rest, ...message && { message: own(message) } }, ...metadata } })
  }

  function ids (): { taskId: string, contextId: string } {
    return { taskId: task.taskId, contextId: task.contextId }
  }

  /** Executors that pass on another agent's events leave that agent's ids in them. */
  function own (message: Message): Message {
    return { ...message, ...ids(), role: 'ROLE_AGENT' }
  }

  function send (event: Exclude<StreamResponse, { task: Task } | { message: Message }>): void {
    fold(seen, event)
    write(() => task.emit(event))
  }

  /** `publish` can't wait and must not throw: what goes wrong is told at the end of the turn. */
  function write (verb: () => Promise<void>): void {
    const written: Promise<void> = (async () => verb())().catch(refused).finally(() => writes.delete(written))
    writes.add(written)
  }

  function refused (error: unknown): void {
    if (error instanceof MisuseError && (error.code === 'A2A_ERR_TRANSITION' || error.code === 'A2A_ERR_TURN_ENDED')) {
      task.log.warn({ err: error, taskId: task.taskId }, 'a2a-js executor: the event came too late, it was dropped')
    } else {
      failure ??= { error }
    }
  }

  function drop (event: A2aJsEvent, reason: string): void {
    task.log.warn({ kind: event.kind, taskId: task.taskId }, `a2a-js executor: ${reason}, the event was dropped`)
  }
}

/** The task to fold into: the fold changes artifacts in place, and the turn's snapshot is shared. */
function ownCopy ({ task, taskId, contextId, state, history }: TaskContext): Task {
  if (task === undefined) return { id: taskId, contextId, status: { state }, history: [...history] }
  return {
    ...task,
    history: [...history],
    ...task.artifacts && { artifacts: task.artifacts.map(artifact => ({ ...artifact, parts: artifact.parts.slice() })) }
  }
}
