/** Turns that meet: follow-ups, cancels, the end of the server, and stores that fail. */
import t from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import type { TaskContext } from '../../lib/agent/executor.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import type { Lease, TaskStore } from '../../lib/task/store.ts'
import { storeWith } from '../helpers/stores.ts'
import { gate, until } from '../helpers/wait.ts'
import { aborted, forever, gist, scope, setUp, short, textOf, words } from './agent.ts'

/** Asks until it is told to end. */
async function ask (task: TaskContext): Promise<void> {
  await (task.text === 'end' ? task.complete('Bye') : task.requireInput(`after ${task.text}`))
}

t.test('follow-ups', async t => {
  await t.test('wait for the turn that runs, and keep their order', async t => {
    const open = gate()
    const order: string[] = []
    const { start, send, get, events, agent } = setUp(t, async task => {
      order.push(`${task.text} begins`)
      await task.working(task.text)
      if (task.text === 'one') await open.opened
      order.push(`${task.text} ends`)
      await task.requireInput(`after ${task.text}`)
    })
    const id = await start('one')
    const later = ['two', 'three', 'four'].map(text => send(text, { taskId: id }))
    await until(() => agent.tasks.size === 4)
    t.same(order, ['one begins'])
    open.open()
    await Promise.all(later)
    await until(() => agent.tasks.size === 0)
    t.same(order, ['one', 'two', 'three', 'four'].flatMap(text => [`${text} begins`, `${text} ends`]))
    t.equal(gist(await get(id)).message, 'after four')
    t.same((await get(id)).history?.map(message => textOf(message)).filter(text => text?.startsWith('after') === false), ['one', 'two', 'three', 'four'])
    const kinds = (await events(id)).flatMap(event => 'queued' in event ? `queued ${textOf(event.queued.message)}` : 'turn' in event ? 'turn' : [])
    t.same(kinds, ['queued two', 'queued three', 'queued four', 'turn', 'turn', 'turn'])
  })

  await t.test('find the task in the very turn of the event loop in which it began', async t => {
    const order: string[] = []
    let turns = 0
    let later: Promise<Task> | undefined
    const { start, send, agent } = setUp(t, async task => {
      order.push(`${task.text} begins`)
      await task.requireInput('More?')
      if (task.text === 'one') {
        order.push(`after ${turns} turns of the event loop`)
        later = send('two', { taskId: task.taskId })
        await until(() => agent.tasks.size === 2)
      }
      order.push(`${task.text} ends`)
    })
    const begun = start('one')
    setImmediate(() => turns++)
    await begun
    await until(() => later !== undefined)
    await later
    t.same(order, ['one begins', 'after 0 turns of the event loop', 'one ends', 'two begins', 'two ends'])
  })

  await t.test('get a stream of their own turn', async t => {
    const open = gate()
    const { start, stream, agent } = setUp(t, async task => {
      await task.artifact({ text: `from ${task.text}` })
      if (task.text === 'one') await open.opened
      await ask(task)
    })
    const id = await start('one')
    const second = stream('two', { taskId: id })
    const third = stream('end', { taskId: id })
    await until(() => agent.tasks.size === 3)
    open.open()
    t.same(words(await second).slice(-2), ['artifact from two', 'INPUT_REQUIRED after two'])
    t.same(words(await third).slice(-2), ['artifact from end', 'COMPLETED Bye'])
  })

  await t.test('at the same moment to a waiting task: none is lost', async t => {
    const { send, get } = setUp(t, ask, { store: slow(createMemoryStore()) })
    const { id } = await send('zero')
    const texts = Array.from({ length: 8 }, (_, i) => `message ${i}`)
    await Promise.all(texts.map(text => send(text, { taskId: id })))
    const { history = [] } = await get(id)
    t.same(history.map(message => textOf(message)).filter(text => text?.startsWith('message')).toSorted(), texts)
  })

  await t.test('as soon as the answer is there', async t => {
    const { send } = setUp(t, ask, { store: slow(createMemoryStore()) })
    const { id } = await send('0')
    for (let i = 1; i <= 30; i++) t.equal(gist(await send(`${i}`, { taskId: id })).message, `after ${i}`)
  })

  await t.test('are bounded', async t => {
    const open = gate()
    const { start, send, agent } = setUp(t, async task => {
      await task.working()
      await open.opened
      await ask(task)
    }, { limits: { queuedTurns: 2 } })
    const id = await start('one')
    const later = [send('two', { taskId: id }), send('three', { taskId: id })]
    await until(() => agent.tasks.size === 3)
    await t.rejects(send('four', { taskId: id }), { name: 'ResourceExhaustedError' })
    open.open()
    await Promise.all(later)
  })

  await t.test('are refused when the task ends before them', async t => {
    const open = gate()
    const texts: string[] = []
    const { start, send, stream, agent } = setUp(t, async task => {
      texts.push(task.text)
      await task.working()
      await open.opened
    })
    const id = await start('one')
    const later = [send('two', { taskId: id }), stream('three', { taskId: id })]
    await until(() => agent.tasks.size === 3)
    open.open()
    for (const result of await Promise.allSettled(later)) t.match(result, { status: 'rejected', reason: { name: 'UnsupportedOperationError' } })
    t.same(texts, ['one'])
    await t.rejects(send('four', { taskId: id }), { name: 'UnsupportedOperationError', message: /COMPLETED/ })
  })

  await t.test('are refused without a trace when the end is being written', async t => {
    const open = gate()
    const inner = createMemoryStore()
    let isEnding = false
    const store = storeWith({
      async append (...args) {
        isEnding = args[2].events.some(event => 'statusUpdate' in event && event.statusUpdate.status.state === 'TASK_STATE_COMPLETED')
        if (isEnding) await open.opened
        return await inner.append(...args)
      }
    }, inner)
    const { start, send, agent, errors } = setUp(t, async task => {
      await task.working()
      await new Promise(resolve => setImmediate(resolve))
      await task.complete('Bye')
    }, { store })
    const id = await start('one')
    await until(() => isEnding)
    const refused = t.rejects(send('two', { taskId: id }), { name: 'UnsupportedOperationError' })
    await until(() => agent.tasks.size === 2)
    open.open()
    await refused
    t.same(errors(), [])
  })

  await t.test('to a task that is not there, or in another context', async t => {
    const { send } = setUp(t, ask)
    const { id } = await send('one')
    await t.rejects(send('two', { taskId: 'nowhere' }), { name: 'TaskNotFoundError' })
    await t.rejects(send('two', { taskId: id, contextId: 'another' }), { name: 'InvalidParamsError' })
  })
})

t.test('cancel', async t => {
  await t.test('in the middle: the signal fires and the hook is called', async t => {
    const hooks: string[] = []
    let reason: unknown
    const { start, cancel, subscribe } = setUp(t, {
      async * execute (task) {
        yield task.artifact({ text: 'half' })
        await aborted(task.signal)
        reason = task.signal.reason
        yield task.artifact({ text: 'cleaned up' })
      },
      cancel: task => { hooks.push(task.text) }
    })
    const id = await start('hello')
    const watching = subscribe(id)
    t.same(gist(await cancel(id)), { state: 'CANCELED', message: undefined, artifacts: ['half', 'cleaned up'] })
    t.match(reason, { code: 'A2A_ERR_CANCELED' })
    t.same(hooks, ['hello'])
    t.equal(words(await watching).at(-1), 'CANCELED')
  })

  await t.test('an executor that ignores it', async t => {
    const later = gate()
    let refused: unknown
    const { start, cancel, get } = setUp(t, {
      async execute (task) {
        await task.working()
        await later.opened
        try {
          await task.artifact({ text: 'too late' })
        } catch (error) {
          refused = error
        }
      },
      cancel: () => forever
    })
    const id = await start('hello')
    t.equal(gist(await cancel(id)).state, 'CANCELED')
    later.open()
    await until(() => refused !== undefined)
    t.match(refused, { code: 'A2A_ERR_TURN_ENDED' })
    t.same(gist(await get(id)), { state: 'CANCELED', message: undefined, artifacts: [] })
  })

  await t.test('an executor that throws because of it, and a hook that throws', async t => {
    const { start, cancel, errors } = setUp(t, {
      async execute (task) {
        await task.working()
        await aborted(task.signal)
        throw task.signal.reason
      },
      cancel: () => { throw new Error('the hook fails') }
    })
    t.equal(gist(await cancel(await start('hello'))).state, 'CANCELED')
    t.same(errors(), [])
  })

  await t.test('twice and at once', async t => {
    let hooks = 0
    const { start, cancel } = setUp(t, {
      async execute (task) {
        await task.working()
        await aborted(task.signal)
      },
      cancel: () => { hooks++ }
    })
    const id = await start('hello')
    const canceled = await Promise.all(Array.from({ length: 5 }, () => cancel(id)))
    t.same(canceled.map(task => gist(task).state), Array.from({ length: 5 }, () => 'CANCELED'))
    t.equal(hooks, 1)
    await t.rejects(cancel(id), { name: 'TaskNotCancelableError', message: /CANCELED/ })
  })

  await t.test('of a task that has finished, or is not there', async t => {
    const { send, cancel, agent } = setUp(t, () => 'done')
    const { id, contextId = '' } = await send('hello')
    await t.rejects(cancel(id), { name: 'TaskNotCancelableError', message: /COMPLETED/ })
    await t.rejects(cancel('nowhere'), { name: 'TaskNotFoundError' })
    // It finished on another replica after the operation had looked.
    await t.resolves(agent.tasks.cancel(scope, { ...turnRequest(id, contextId), executor: () => {} }))
  })

  await t.test('of a task that waits', async t => {
    const seen: unknown[] = []
    const { send, cancel, events } = setUp(t, {
      execute: ask,
      cancel: task => { seen.push([task.text, task.state, task.task?.status.state, task.signal.aborted]) }
    })
    const { id } = await send('hello')
    t.equal((await events(id)).some(event => 'turnEnded' in event), true)
    const [one, other] = await Promise.all([cancel(id), cancel(id)])
    t.same([gist(one).state, gist(other).state], ['CANCELED', 'CANCELED'])
    t.same(seen, [['hello', 'TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_INPUT_REQUIRED', true]])
  })

  await t.test('of a task that waits, whose hook never ends', async t => {
    const { send, cancel } = setUp(t, { execute: ask, cancel: () => forever })
    t.equal(gist(await cancel((await send('hello')).id)).state, 'CANCELED')
  })

  await t.test('an executor that completes while being canceled', async t => {
    const { start, cancel, get } = setUp(t, async function * (task) {
      yield task.working()
      await aborted(task.signal)
      yield task.complete('Done before')
    })
    const id = await start('hello')
    await t.rejects(cancel(id), { name: 'TaskNotCancelableError', message: /COMPLETED/ })
    t.equal(gist(await get(id)).message, 'Done before')
  })

  await t.test('an executor that asks while being canceled', async t => {
    const { start, cancel } = setUp(t, async task => {
      await task.working()
      await aborted(task.signal)
      await task.requireInput('Really?')
    })
    t.equal(gist(await cancel(await start('hello'))).state, 'CANCELED')
  })

  await t.test('while messages wait: none of them runs', async t => {
    const texts: string[] = []
    const { start, send, cancel, agent } = setUp(t, async task => {
      texts.push(task.text)
      await task.working()
      await aborted(task.signal)
    })
    const id = await start('one')
    const later = [send('two', { taskId: id }), send('three', { taskId: id })]
    await until(() => agent.tasks.size === 3)
    const [canceled, ...refused] = await Promise.allSettled([cancel(id), ...later])
    t.equal(canceled.status, 'fulfilled')
    for (const result of refused) t.match(result, { status: 'rejected', reason: { name: 'UnsupportedOperationError' } })
    t.same(texts, ['one'])
  })

  for (const method of ['acquire', 'get', 'append'] as const) {
    await t.test(`while a follow-up is opening (${method})`, async t => {
      const open = gate()
      const inner = createMemoryStore()
      let isHeld = false
      let calls = 0
      const store = storeWith({
        [method]: async (...args: Parameters<TaskStore[typeof method]>) => {
          if (isHeld && ++calls === (method === 'get' ? 2 : 1)) await open.opened
          return await (inner[method] as (...args: unknown[]) => unknown)(...args)
        }
      }, inner)
      const texts: string[] = []
      const { send, cancel, agent } = setUp(t, {
        async execute (task) {
          texts.push(task.text)
          await ask(task)
        },
        cancel: () => {}
      }, { store })
      const { id } = await send('one')
      await until(() => agent.tasks.size === 0)
      isHeld = true
      const following = send('two', { taskId: id })
      await until(() => calls > 0 && agent.tasks.size === 1)
      const canceling = cancel(id)
      open.open()
      const [canceled, followed] = await Promise.allSettled([canceling, following])
      t.match(canceled, { status: 'fulfilled', value: { status: { state: 'TASK_STATE_CANCELED' } } })
      t.ok(followed.status === 'fulfilled' || followed.reason.name === 'UnsupportedOperationError')
    })
  }

  await t.test('while the turn that is canceled can\'t begin', async t => {
    const open = gate()
    const inner = createMemoryStore()
    let isHeld = false
    const store = storeWith({
      async append (...args) {
        if (isHeld) await open.opened
        return await inner.append(...args)
      }
    }, inner)
    let isRunning = false
    const { send, cancel, agent } = setUp(t, async task => {
      isRunning = task.text === 'two'
      await ask(task)
    }, { store, cancelGrace: 5 })
    const { id } = await send('one')
    await until(() => agent.tasks.size === 0)
    isHeld = true
    const following = send('two', { taskId: id })
    await until(() => agent.tasks.size === 1)
    const canceling = cancel(id)
    setTimeout(open.open, 30) // longer than the grace
    await t.rejects(following)
    t.equal(gist(await canceling).state, 'CANCELED')
    t.notOk(isRunning, 'what has ended is not begun')
  })
})

t.test('close', async t => {
  await t.test('lets turns end', async t => {
    const open = gate()
    const { start, get, send, agent } = setUp(t, async task => {
      await task.working()
      await open.opened
    }, { shutdownGrace: 60_000 })
    const id = await start('hello')
    const closing = agent.tasks.close()
    await t.rejects(send('another'), { name: 'UnavailableError' })
    await t.rejects(send('another', { taskId: id }), { name: 'UnavailableError' })
    open.open()
    await closing
    t.equal(gist(await get(id)).state, 'COMPLETED')
  })

  await t.test('stops turns that go on, whatever they do then', async t => {
    const endings: Record<string, (task: TaskContext) => Promise<unknown>> = {
      returns: async () => {},
      'returns a result': async () => 'half',
      throws: async task => { throw task.signal.reason },
      fails: async task => { await task.fail('Sorry') },
      'never ends': async () => await forever
    }
    for (const [name, end] of Object.entries(endings)) {
      let reason: unknown
      const { start, get, subscribe, agent } = setUp(t, async task => {
        await task.working()
        await aborted(task.signal)
        reason = task.signal.reason
        return await end(task) as string
      })
      const id = await start('hello')
      const watching = subscribe(id)
      await agent.tasks.close()
      t.equal(gist(await get(id)).state, 'FAILED', name)
      t.match(reason, { code: 'A2A_ERR_SHUTDOWN' })
      t.match(words(await watching).at(-1), /^FAILED/)
    }
  })

  await t.test('an executor may say that it is done all the same', async t => {
    const { start, get, agent } = setUp(t, async task => {
      await task.working()
      await aborted(task.signal)
      await task.complete('In time')
    })
    const id = await start('hello')
    await agent.tasks.close()
    t.same(gist(await get(id)), { state: 'COMPLETED', message: 'In time', artifacts: [] })
  })

  await t.test('in the middle of everything: everybody gets an answer, and a waiting task stays', async t => {
    const { agent, send, exchange, start, stream, get, cancel } = setUp(t, async task => {
      if (task.text === 'ask') return await task.requireInput('?')
      if (task.text === 'reply') return await task.reply('Hi')
      await task.working()
      await (task.text === 'stay' ? forever : aborted(task.signal))
    }, { store: slow(createMemoryStore()), cancelGrace: 20 })
    const { id } = await send('ask')
    const staying = await start('stay')
    const busy = await start('work')
    const callers = [
      send('work'), stream('work'), send('stay'), exchange('reply'), send('ask'), send('next', { taskId: staying }), stream('next', { taskId: busy }),
      send('work', { taskId: id }), cancel(busy), start('work')
    ]
    const closing = agent.tasks.close()
    await Promise.allSettled(callers)
    await closing
    t.equal(agent.tasks.size, 0)
    await until(async () => ['FAILED', 'CANCELED'].includes(gist(await get(staying)).state))
  })

  await t.test('refuses messages that wait', async t => {
    const texts: string[] = []
    const { agent, start, send } = setUp(t, async task => {
      texts.push(task.text)
      await task.working()
      await aborted(task.signal)
      await task.requireInput('Again?')
    })
    const id = await start('one')
    const later = send('two', { taskId: id })
    await until(() => agent.tasks.size === 2)
    const [refused] = await Promise.allSettled([later, agent.tasks.close()])
    t.match(refused, { status: 'rejected', reason: { name: 'UnavailableError' } })
    t.same(texts, ['one'])
  })
})

t.test('a store that fails', async t => {
  const methods = ['create', 'append', 'get', 'read', 'acquire', 'renew', 'release'] as const
  for (const method of methods) {
    for (const forGood of [false, true]) {
      await t.test(`${method}, ${forGood ? 'from the n-th call on' : 'once'}`, async t => {
        for (let n = 1; n <= 6; n++) {
          const { agent, send, stream, start, cancel } = setUp(t, async function * (task) {
            yield task.working()
            await new Promise(resolve => setImmediate(resolve))
            yield task.artifact({ text: 'x' })
            if (task.text === 'stay') await aborted(task.signal)
            else yield task.requireInput('More?')
          }, { store: failing(createMemoryStore(), method, n, forGood), cancelGrace: 5, leaseTtl: 100 })
          const answers: unknown[] = []
          const attempt = async (call: () => Promise<unknown>): Promise<unknown> => {
            const answer = await call().catch(error => error)
            answers.push(answer)
            return answer
          }
          const task = await attempt(() => send('hello')) as { id?: string }
          const { id = 'nowhere' } = task
          await attempt(() => stream('hello'))
          await Promise.all([attempt(() => send('more', { taskId: id })), attempt(() => stream('more', { taskId: id }))])
          const staying = await attempt(() => start('stay'))
          if (typeof staying === 'string') await attempt(() => cancel(staying))
          await attempt(() => cancel(id))
          t.ok(answers.length >= 6, 'every call has been answered')
          await agent.tasks.close()
          t.equal(agent.tasks.size, 0)
        }
      })
    }
  }

  await t.test('the caller of a task that can\'t be stored is told', async t => {
    const { send, stream } = setUp(t, () => 'done', { store: failing(createMemoryStore(), 'create', 1, true) })
    await t.rejects(send('hello'))
    await t.rejects(stream('hello'))
  })

  await t.test('in the middle: the executor is stopped, and its callers are told', async t => {
    let reason: unknown
    const { stream, send } = setUp(t, async function * (task) {
      task.signal.addEventListener('abort', () => { reason = task.signal.reason })
      yield task.working()
      for (let i = 0; ; i++) {
        yield `${i}`
        await new Promise(resolve => setImmediate(resolve))
      }
    }, { store: failing(createMemoryStore(), 'append', 3, true) })
    await t.rejects(stream('hello'))
    t.match(reason, { code: 'A2A_ERR_LEASE_LOST' })
    await t.rejects(send('hello'))
  })
})

t.test('a lease that is lost in the middle', async t => {
  const inner = createMemoryStore()
  let lease: Lease | undefined
  const store = storeWith({
    async create (...args) {
      const created = await inner.create(...args)
      lease = created.lease
      return created
    }
  }, inner)
  const open = gate()
  let reason: unknown
  const { start, get, agent, lines, send } = setUp(t, async task => {
    await task.working()
    await task.artifact({ text: 'mine' })
    await open.opened
    await task.artifact({ text: 'stale' })
    await aborted(task.signal)
    reason = task.signal.reason
  }, { store })
  const id = await start('hello')
  await until(async () => (await get(id)).artifacts !== undefined && lease !== undefined)
  const following = t.rejects(send('next', { taskId: id }))
  await until(() => agent.tasks.size === 2)

  // Another replica takes over.
  const { generation = 0 } = await inner.get(scope, id) ?? {}
  await inner.release(scope, id, lease ?? { token: '', expiresAt: 0 })
  const taken = await inner.acquire(scope, id, { holder: 'another', ttl: 60_000 })
  const ids = { taskId: id, contextId: (await get(id)).contextId ?? '' }
  if (taken !== undefined) await inner.append(scope, id, { expected: generation, lease: taken, events: [{ artifactUpdate: { ...ids, artifact: { artifactId: 'b', parts: [{ text: 'theirs' }] } } }] })

  open.open()
  await until(() => reason !== undefined)
  t.match(reason, { code: 'A2A_ERR_LEASE_LOST' })
  t.same(gist(await get(id)), { state: 'WORKING', message: undefined, artifacts: ['mine', 'theirs'] })
  t.ok(lines.some(({ level, text }) => level === 'error' && text.includes('can')))
  if (taken === undefined) return
  t.ok(await inner.renew(scope, id, taken, 60_000), 'the new holder is not disturbed')
  t.equal(agent.tasks.size, 2, 'who waits here, waits for the new holder')
  const status = { state: 'TASK_STATE_FAILED' as const, timestamp: new Date().toISOString() }
  await inner.append(scope, id, { expected: generation + 1, lease: taken, events: [{ statusUpdate: { ...ids, status } }] })
  await following
  await until(() => agent.tasks.size === 0)
})

t.test('an AUTH_REQUIRED executor goes on when it can', async t => {
  const open = gate()
  const { send, get, stream } = setUp(t, async function * (task) {
    yield task.requireAuth('Sign in')
    await open.opened
    yield task.working('Thanks')
  })
  const streaming = stream('hello')
  const { id, status } = await send('hello')
  t.equal(short(status.state), 'AUTH_REQUIRED')
  open.open()
  await until(async () => gist(await get(id)).state === 'COMPLETED')
  t.same(words(await streaming).slice(-3), ['AUTH_REQUIRED Sign in', 'WORKING Thanks', 'COMPLETED'])
})

/** Every call takes a few turns of the event loop, before it is done and after, as over a network. */
function slow (inner: TaskStore): TaskStore {
  const delay = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  return wrap(inner, async call => {
    await delay()
    const result = await call()
    await delay()
    return result
  })
}

/** The n-th call of one method fails. */
function failing (inner: TaskStore, method: keyof TaskStore, n: number, forGood: boolean): TaskStore {
  let calls = 0
  const fail = () => { if (++calls === n || (forGood && calls > n)) throw new Error(`${method} fails`) }
  if (method === 'read') {
    return storeWith({
      async * read (...args) {
        fail()
        yield * inner.read(...args)
      }
    }, inner)
  }
  return wrap(inner, async (call, name) => {
    if (name === method) fail()
    return await call()
  })
}

function wrap (inner: TaskStore, around: (call: () => Promise<unknown>, name: string) => Promise<unknown>): TaskStore {
  return new Proxy(inner, {
    get (target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || name === 'read' || name === 'close') return typeof value === 'function' ? value.bind(target) : value
      return (...args: unknown[]) => around(() => value.apply(target, args), String(name))
    }
  })
}

/** What `Tasks` is asked to cancel with. */
function turnRequest (taskId: string, contextId: string) {
  const log = { debug () {}, info () {}, warn () {}, error () {}, child: () => log }
  return {
    message: { messageId: 'm', role: 'ROLE_USER' as const, parts: [{ text: '' }], taskId, contextId },
    skillId: undefined,
    timeout: 0,
    idleTimeout: 0,
    recovery: { onCrash: 'fail' as const, maxAttempts: 3 },
    principal: undefined,
    tenant: undefined,
    acceptedOutputModes: [],
    metadata: {},
    extensions: [],
    referencedTasks: [],
    contextTasks: async () => [],
    checkOutput: () => [],
    log
  }
}
