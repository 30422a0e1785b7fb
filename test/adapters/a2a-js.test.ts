import { setTimeout as sleep } from 'node:timers/promises'
import { expectTypeOf } from 'expect-type'
import t from 'tap'
import { Role, TaskState, type Artifact, type Message, type Part, type Task } from '@a2a-js/sdk'
import { AgentEvent, type AgentExecutor, type ExecutionEventBus, type RequestContext } from '@a2a-js/sdk/server'
import { fromA2aJs, type A2aJsExecutor } from '../../lib/adapters/a2a-js.ts'
import { MisuseError } from '../../lib/agent/errors.ts'
import type { Message as OurMessage } from '../../schemas/v1/common.ts'
import { gate, until } from '../helpers/wait.ts'
import { fakeTask, gist, textOf, userMessage, type FakeTask } from './fake-task.ts'

// An unmodified executor of the SDK is one of ours.
expectTypeOf<AgentExecutor>().toExtend<A2aJsExecutor>()

type Execute = AgentExecutor['execute']

/** An executor as the SDK types it. */
function sdk (execute: Execute, cancelTask: AgentExecutor['cancelTask'] = async () => {}): AgentExecutor {
  return { execute, cancelTask }
}

async function run (execute: Execute, task: FakeTask = fakeTask(), options = {}): Promise<FakeTask> {
  await fromA2aJs(sdk(execute), { settle: 50, ...options }).execute(task)
  return task
}

const text = (value: string): Part => ({ content: { $case: 'text', value }, metadata: undefined, filename: '', mediaType: '' })

function message (value: string, context?: RequestContext): Message {
  return {
    messageId: `m-${value}`,
    contextId: context?.contextId ?? '',
    taskId: context?.taskId ?? '',
    role: Role.ROLE_AGENT,
    parts: [text(value)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: []
  }
}

function status ({ taskId, contextId }: RequestContext, state: TaskState, value?: string) {
  return AgentEvent.statusUpdate({
    taskId, contextId, status: { state, message: value === undefined ? undefined : message(value), timestamp: new Date().toISOString() }, metadata: {}
  })
}

function artifact (artifactId: string, ...parts: Part[]): Artifact {
  return { artifactId, name: '', description: '', parts, metadata: undefined, extensions: [] }
}

function chunk ({ taskId, contextId }: RequestContext, of: Artifact, append = false, lastChunk = false) {
  return AgentEvent.artifactUpdate({ taskId, contextId, artifact: of, append, lastChunk, metadata: undefined })
}

function task ({ taskId, contextId, userMessage }: RequestContext, state: TaskState, more: Partial<Task> = {}): Task {
  return {
    id: taskId, contextId, status: { state, message: undefined, timestamp: new Date().toISOString() }, artifacts: [], history: [userMessage], metadata: undefined, ...more
  }
}

const { TASK_STATE_SUBMITTED: SUBMITTED, TASK_STATE_WORKING: WORKING, TASK_STATE_COMPLETED: COMPLETED } = TaskState

/** As the SDK's own samples are written. */
class SampleExecutor implements AgentExecutor {
  private readonly cancelled = new Set<string>()
  private readonly steps: number

  constructor (steps = 1) {
    this.steps = steps
  }

  cancelTask = async (taskId: string, _bus: ExecutionEventBus): Promise<void> => {
    this.cancelled.add(taskId)
  }

  async execute (context: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const { taskId, userMessage, task: existing } = context
    try {
      bus.publish(AgentEvent.task(existing ?? task(context, SUBMITTED, { metadata: userMessage.metadata })))
      bus.publish(status(context, WORKING, 'Processing'))
      for (let step = 0; step < this.steps; step++) {
        await sleep(10)
        if (!this.cancelled.has(taskId)) continue
        bus.publish(status(context, TaskState.TASK_STATE_CANCELED, `stopped at ${step}`))
        return
      }
      const part = userMessage.parts[0]?.content
      bus.publish(chunk(context, artifact('result', text(`You said ${part?.$case === 'text' ? part.value : 'nothing'}`)), false, true))
      bus.publish(status(context, COMPLETED))
    } finally {
      this.cancelled.delete(taskId)
    }
  }
}

t.test('an executor in the style of the samples', async t => {
  const task = fakeTask({ message: 'hello' })
  await fromA2aJs(new SampleExecutor()).execute(task)
  t.strictSame(gist(task.events), ['WORKING', 'You said hello', 'COMPLETED'])
  t.strictSame(task.snapshot().history?.length, 1, 'the history that came with the first task is not told again')
  t.strictSame(task.logs, [])
})

t.test('what is not an executor is refused at once', async t => {
  t.throws(() => fromA2aJs({} as AgentExecutor), { code: 'A2A_ERR_OPTIONS' })
})

t.test('the request context', async t => {
  const parts = [
    { text: 'hi', metadata: { lang: 'en' } },
    { raw: 'AAEC', filename: 'a.bin', mediaType: 'application/octet-stream' },
    { url: 'https://example.com/a.png', mediaType: 'image/png' },
    { data: { n: [1, null] } }
  ]
  const given = fakeTask({
    message: { ...userMessage(parts, 'm1'), metadata: { goal: 'x' }, extensions: ['urn:e'], referenceTaskIds: ['t0'] },
    principal: { id: 'alice' },
    extensions: ['urn:e'],
    referencedTasks: [{ id: 't0', status: { state: 'TASK_STATE_FAILED' } }]
  })
  let seen: RequestContext | undefined
  await run(async (context, bus) => {
    seen = context
    context.context.addActivatedExtension('urn:e')
    context.userMessage.metadata = { changed: true }
    const data = context.userMessage.parts[3]?.content
    if (data?.$case === 'data') data.value.n = 'changed'
    bus.publish(AgentEvent.message(message('ok')))
  }, given)

  t.match(seen?.userMessage, { messageId: 'm1', contextId: 'context-1', taskId: 'task-1', role: Role.ROLE_USER, extensions: ['urn:e'], referenceTaskIds: ['t0'] })
  t.equal(seen?.request.message, seen?.userMessage)
  t.strictSame(seen?.userMessage.parts.slice(0, 3), [
    { content: { $case: 'text', value: 'hi' }, metadata: { lang: 'en' }, filename: '', mediaType: '' },
    { content: { $case: 'raw', value: Buffer.from([0, 1, 2]) }, metadata: undefined, filename: 'a.bin', mediaType: 'application/octet-stream' },
    { content: { $case: 'url', value: 'https://example.com/a.png' }, metadata: undefined, filename: '', mediaType: 'image/png' }
  ])
  t.strictSame(seen?.referenceTasks?.map(task => task.status?.state), [TaskState.TASK_STATE_FAILED])
  t.equal(seen?.task, undefined)
  t.match(seen?.context, { user: { isAuthenticated: true, userName: 'alice' }, requestedExtensions: ['urn:e'], activatedExtensions: ['urn:e'], requestedVersion: '1.0' })
  t.strictSame(given.message.metadata, { goal: 'x' }, 'our message is not theirs to change')
  t.strictSame(given.message.parts, parts)
})

t.test('a follow-up turn has the task', async t => {
  const first = await run(async (context, bus) => {
    bus.publish(AgentEvent.task(task(context, TaskState.TASK_STATE_INPUT_REQUIRED, {
      status: { state: TaskState.TASK_STATE_INPUT_REQUIRED, message: message('Which?'), timestamp: undefined },
      artifacts: [artifact('a', text('draft'))],
      metadata: { step: 1 }
    })))
  })
  t.strictSame(gist(first.events), ['draft', 'INPUT_REQUIRED'])
  t.strictSame(first.snapshot().metadata, { step: 1 })

  const second = fakeTask({ previous: first.snapshot(), message: 'this one' })
  await run(async (context, bus) => {
    t.match(context.task, { id: 'task-1', metadata: { step: 1 }, artifacts: [{ artifactId: 'a' }] })
    t.strictSame(context.task?.history.map(({ parts }) => parts[0]?.content?.value), ['hello', 'Which?', 'this one'])
    const known = context.task as Task
    bus.publish(AgentEvent.task(known))
    bus.publish(AgentEvent.task({ ...known, artifacts: [artifact('a', text('draft, done'))], status: { state: COMPLETED, message: undefined, timestamp: '' } }))
  }, second)
  t.strictSame(gist(second.events), ['+, done', 'COMPLETED'])
  t.equal(textOf(second.task?.artifacts?.[0]?.parts), 'draft', 'the snapshot of the turn stays as it was')
})

t.test('whole tasks are told as what has changed', async t => {
  const task1 = await run(async (context, bus) => {
    const whole = task(context, SUBMITTED)
    bus.publish(AgentEvent.task(whole))
    whole.status = { state: WORKING, message: message('looking'), timestamp: new Date().toISOString() }
    whole.artifacts.push(artifact('a', text('one ')))
    bus.publish(AgentEvent.task(whole))
    whole.status.timestamp = new Date(0).toISOString()
    bus.publish(AgentEvent.task(whole))
    whole.artifacts[0]?.parts.push(text('two '))
    whole.artifacts.push(artifact('b', { ...text(''), content: { $case: 'data', value: { n: 1 } } }))
    bus.publish(AgentEvent.task(whole))
    whole.artifacts[1] = artifact('b', { ...text(''), content: { $case: 'data', value: { n: 2 } } })
    whole.metadata = { cost: 3 }
    whole.history.push(message('looking'), message('first'), message('second'))
    whole.status = { state: COMPLETED, message: undefined, timestamp: undefined }
    bus.publish(AgentEvent.task(whole))
  })
  t.strictSame(gist(task1.events), ['one ', 'WORKING', '+two ', '{"n":1}', 'WORKING', '{"n":2}', 'COMPLETED'])
  const { artifacts, status, metadata } = task1.snapshot()
  t.strictSame(artifacts?.map(({ parts }) => parts), [[{ text: 'one two ' }], [{ data: { n: 2 } }]])
  t.equal(textOf(status.message?.parts), 'second', 'the last thing said stays with the task')
  t.strictSame(metadata, { cost: 3 })
})

t.test('updates before any task, chunks, and parts of all kinds', async t => {
  const given = await run(async (context, bus) => {
    bus.publish(status(context, WORKING))
    bus.publish(chunk(context, artifact('a', text('1')), true))
    bus.publish(chunk(context, artifact('a', { content: { $case: 'raw', value: Buffer.from([0, 1, 2]) }, metadata: {}, filename: 'f', mediaType: 'x/y' }), true, true))
    bus.publish(chunk(context, artifact('a')))
    bus.publish(chunk(context, { ...artifact('', text('no id')), name: 'n', description: 'd', metadata: { k: 1 }, extensions: ['urn:e'] }))
    bus.publish(status(context, COMPLETED, 'done'))
  })
  const { artifacts } = given.snapshot()
  t.strictSame(artifacts?.[0], { artifactId: 'a', parts: [{ text: '1' }, { raw: 'AAEC', filename: 'f', mediaType: 'x/y' }] })
  t.match(artifacts?.[1], { artifactId: /.{36}/, name: 'n', description: 'd', metadata: { k: 1 }, extensions: ['urn:e'] })
  t.match(given.events[2], { artifactUpdate: { append: true, lastChunk: true } })
  t.match(given.events.at(-1), { statusUpdate: { taskId: 'task-1', contextId: 'context-1', status: { message: { taskId: 'task-1', role: 'ROLE_AGENT', parts: [{ text: 'done' }] } } } })
})

t.test('a bare message is a reply', async t => {
  const given = await run(async (context, bus) => {
    bus.publish(AgentEvent.message({ ...message('hello', context), metadata: { k: 1 } }))
    bus.publish(status(context, WORKING))
  })
  t.strictSame(given.replies, [{ messageId: 'm-hello', parts: [{ text: 'hello' }], metadata: { k: 1 } }])
  t.strictSame(given.events, [])
  t.equal(given.logs.length, 1, 'what follows it is logged')
})

t.test('when a turn ends', async t => {
  const took = async (execute: Execute, options = {}): Promise<{ ms: number, task: FakeTask }> => {
    const start = performance.now()
    const task = await run(execute, fakeTask(), { settle: 5000, ...options })
    return { ms: performance.now() - start, task }
  }

  t.test('at once after a terminal state, INPUT_REQUIRED, finished(), or no state at all', async t => {
    for (const execute of [
      async (context, bus) => { bus.publish(status(context, COMPLETED)) },
      async (context, bus) => { bus.publish(status(context, TaskState.TASK_STATE_INPUT_REQUIRED, 'Which?')) },
      async (context, bus) => { bus.publish(status(context, TaskState.TASK_STATE_AUTH_REQUIRED, 'Log in')) },
      async (context, bus) => { bus.publish(status(context, WORKING)); bus.finished() },
      async (context, bus) => { bus.publish(chunk(context, artifact('a', text('x')))) }
    ] satisfies Execute[]) {
      const { ms } = await took(execute)
      t.ok(ms < 290, `${ms} ms`)
    }
  })

  t.test('events may follow after execute has resolved', async t => {
    const { ms, task } = await took(async (context, bus) => {
      bus.publish(status(context, WORKING))
      const later = async () => {
        for (const part of ['a', 'b', 'c']) {
          await sleep(40)
          bus.publish(chunk(context, artifact('a', text(part)), true))
        }
        bus.publish(status(context, COMPLETED))
      }
      later()
    })
    t.ok(ms < 400, 'it ends with the terminal state')
    t.strictSame(gist(task.events), ['WORKING', '+a', '+b', '+c', 'COMPLETED'])
  })

  t.test('after a silence when no end is announced', async t => {
    const { ms, task } = await took(async (context, bus) => { bus.publish(AgentEvent.task(bareTask(context))) }, { settle: 300 })
    t.ok(ms > 280, `${ms} ms`)
    t.equal(task.state, 'TASK_STATE_SUBMITTED', 'how it ends is for the engine')
  })

  t.test('an executor that goes on after the end is not waited for', async t => {
    const late = gate()
    const { task } = await took(async (context, bus) => {
      bus.publish(status(context, COMPLETED))
      await late.opened
      throw new Error('late')
    }, { settle: 50 })
    late.open()
    await until(() => task.logs.length === 2)
    t.match(task.logs, [{ level: 'warn' }, { level: 'error', object: { err: { message: 'late' } } }])
  })

  t.test('in AUTH_REQUIRED it stays open for authTimeout', async t => {
    const { task } = await took(async (context, bus) => {
      bus.publish(status(context, TaskState.TASK_STATE_AUTH_REQUIRED, 'Log in'))
      setTimeout(() => bus.publish(status(context, COMPLETED)), 60)
    }, { authTimeout: 300 })
    t.strictSame(gist(task.events), ['AUTH_REQUIRED', 'COMPLETED'])
  })

  t.test('what comes after it is logged and dropped', async t => {
    const { task } = await took(async (context, bus) => {
      bus.publish(status(context, COMPLETED))
      bus.publish(status(context, WORKING))
      bus.publish(AgentEvent.task(bareTask(context)))
      setTimeout(() => bus.publish(chunk(context, artifact('a', text('late')))), 30)
    })
    await sleep(60)
    t.strictSame(gist(task.events), ['COMPLETED'])
    t.strictSame(task.logs.map(({ level, object }) => [level, object.kind]), [['warn', 'statusUpdate'], ['warn', 'task'], ['warn', 'artifactUpdate']])
  })
})

function bareTask (context: RequestContext): Task {
  return task(context, SUBMITTED)
}

t.test('failures', async t => {
  t.test('an executor that throws fails its turn', async t => {
    await t.rejects(run(async (context, bus) => {
      bus.publish(status(context, WORKING))
      throw new Error('no luck')
    }), { message: 'no luck' })
    await t.rejects(run(async (context, bus) => {
      bus.publish(status(context, TaskState.TASK_STATE_INPUT_REQUIRED, 'Which?'))
      throw new Error('no luck')
    }), { message: 'no luck' })
    await t.rejects(run(() => { throw new Error('not even a promise') }), { message: 'not even a promise' })
  })

  t.test('after the end it is logged', async t => {
    const task = await run(async (context, bus) => {
      bus.publish(status(context, COMPLETED))
      throw new Error('too late')
    })
    t.match(task.logs, [{ level: 'error', object: { err: { message: 'too late' } } }])
  })

  t.test('illegal and malformed events are dropped, the others count', async t => {
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    const task = await run(async (context, bus) => {
      bus.publish(status(context, TaskState.TASK_STATE_UNSPECIFIED))
      bus.publish({ kind: 'nonsense', data: {} } as never)
      bus.publish(AgentEvent.statusUpdate({ taskId: '', contextId: '', status: undefined, metadata: undefined }))
      bus.publish(chunk(context, artifact('a', { ...text(''), content: { $case: 'data', value: cyclic } })))
      bus.publish(status(context, WORKING))
      bus.publish(status(context, SUBMITTED))
      bus.publish(status({ ...context, taskId: 'someone-elses' } as RequestContext, COMPLETED))
    })
    t.strictSame(gist(task.events), ['WORKING', 'COMPLETED'])
    t.match(task.events[1], { statusUpdate: { taskId: 'task-1' } })
  })

  t.test('a store that fails ends the turn with its error', async t => {
    const task = fakeTask()
    const broken: FakeTask = Object.create(task, { emit: { value: async () => { throw new Error('store is down') } } })
    await t.rejects(run(async (context, bus) => { bus.publish(status(context, COMPLETED)) }, broken), { message: 'store is down' })
  })
})

t.test('cancel', async t => {
  t.test('of a running task goes to the same bus and execute', async t => {
    const hosted = fromA2aJs(new SampleExecutor(100))
    const task = fakeTask()
    const turn = hosted.execute(task)
    await sleep(30)
    await hosted.cancel(task)
    await turn
    t.strictSame(gist(task.events), ['WORKING', 'CANCELED'])
  })

  t.test('an executor may publish from cancelTask, while it runs and while it waits', async t => {
    const state: { context?: RequestContext } = {}
    const hosted = fromA2aJs(sdk(async (context, bus) => {
      state.context = context
      bus.publish(status(context, WORKING))
      await new Promise<void>(resolve => bus.once('finished', resolve))
    }, async (_taskId, bus) => {
      bus.publish(status(state.context as RequestContext, TaskState.TASK_STATE_CANCELED, 'stopped'))
      bus.finished()
    }))
    const running = fakeTask()
    const turn = hosted.execute(running)
    await sleep(5)
    await hosted.cancel(running)
    await turn
    t.strictSame(gist(running.events), ['WORKING', 'CANCELED'])

    const waiting = fakeTask()
    await hosted.cancel(waiting)
    t.strictSame(gist(waiting.events), ['CANCELED'])
  })

  t.test('a deadline stops the executor, which does not get to say CANCELED', async t => {
    const hosted = fromA2aJs(new SampleExecutor(100))
    const task = fakeTask()
    const turn = hosted.execute(task)
    await sleep(20)
    task.abort(new MisuseError('A2A_ERR_TIMEOUT', 'too slow'))
    await turn
    t.strictSame(gist(task.events), ['WORKING'])
  })
})

t.test('listeners of the bus', async t => {
  const heard: string[] = []
  await run(async (context, bus) => {
    const all = () => { heard.push('all') }
    const gone = () => { heard.push('gone') }
    t.equal(bus.on('event', all), bus)
    bus.on('event', gone).off('event', gone)
    bus.once('event', ({ kind }) => { heard.push(kind) })
    bus.publish(status(context, WORKING))
    bus.publish(status(context, WORKING))
    bus.removeAllListeners('event')
    bus.on('finished', () => { heard.push('finished') })
    bus.publish(status(context, COMPLETED))
  })
  t.strictSame(heard, ['all', 'statusUpdate', 'all', 'finished'])

  const task = await run(async (context, bus) => {
    bus.removeAllListeners()
    bus.publish(status(context, COMPLETED))
  })
  t.strictSame(gist(task.events), ['COMPLETED'], 'the adapter still hears')
})

t.test('an executor that wraps the bus of another', async t => {
  const inner = new SampleExecutor()
  const task = await run((context, bus) => inner.execute(context, new Proxy(bus, {
    get (target, key) {
      if (key !== 'publish') return Reflect.get(target, key)
      return (event: Parameters<ExecutionEventBus['publish']>[0]) => {
        if (event.kind === 'statusUpdate' && event.data.status?.message) event.data.status.message.metadata = { stamped: true }
        target.publish(event)
      }
    }
  })))
  const said = task.events.flatMap(event => ('statusUpdate' in event ? event.statusUpdate.status.message ?? [] : []))
  t.strictSame(said.map(({ metadata }: OurMessage) => metadata), [{ stamped: true }])
})
