/** Two replicas of one agent on one store: what one works on, the other can reach, and takes up when it dies. */
import t, { type Test } from 'tap'
import type { AgentOptions } from '../../lib/agent/options.ts'
import type { Executor } from '../../lib/agent/executor.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { StoreUnavailableError } from '../../lib/task/store-errors.ts'
import type { TaskStore } from '../../lib/task/store.ts'
import { severable } from '../helpers/replicas.ts'
import { gate, until } from '../helpers/wait.ts'
import { aborted, forever, gist, scope, setUp, short, textOf, words } from './agent.ts'

/** Two agents that share a store as two processes do. `cut` takes the store away from the first one. */
function replicas (t: Test, executor: Executor, options: Partial<AgentOptions> = {}, secondExecutor = executor) {
  const inner = createMemoryStore()
  const wire = severable(inner)
  const one = setUp(t, executor, { store: wire.store, leaseTtl: 300, ...options })
  const two = setUp(t, secondExecutor, { store: sharing(inner), leaseTtl: 300, ...options })
  return { one, two, cut: wire.cut, mend: wire.mend, store: inner }
}

t.test('get, list and subscribe on another replica', async t => {
  const open = gate()
  const { one, two } = replicas(t, async function * (task) {
    yield task.artifact({ text: 'half' })
    await open.opened
    yield task.artifact({ text: 'whole' })
  })
  const id = await one.start('hello')
  const watching = two.subscribe(id)
  await until(async () => (await two.get(id)).artifacts !== undefined)
  open.open()
  t.same(words(await watching).slice(-2), ['artifact whole', 'COMPLETED'])
  t.same(gist(await two.get(id)), gist(await one.get(id)))
})

t.test('cancel on another replica', async t => {
  await t.test('reaches the signal within a second', async t => {
    let firedAt = 0
    const { one, two } = replicas(t, async task => {
      await task.working()
      await aborted(task.signal)
      firedAt = Date.now()
    })
    const id = await one.start('hello')
    const watching = two.subscribe(id)
    const askedAt = Date.now()
    t.equal(gist(await two.cancel(id)).state, 'CANCELED')
    t.ok(firedAt - askedAt < 1000)
    t.equal(words(await watching).at(-1), 'CANCELED')
  })

  await t.test('twice, and from both sides', async t => {
    let hooks = 0
    const { one, two } = replicas(t, {
      async execute (task) {
        await task.working()
        await aborted(task.signal)
      },
      cancel: () => { hooks++ }
    })
    const id = await one.start('hello')
    const results = await Promise.all([two.cancel(id), one.cancel(id), two.cancel(id)])
    t.same(results.map(task => short(task.status.state)), ['CANCELED', 'CANCELED', 'CANCELED'])
    t.equal(hooks, 1)
    await t.rejects(two.cancel(id), { name: 'TaskNotCancelableError' })
  })

  await t.test('an executor that ignores it, and one that completes', async t => {
    const { one, two } = replicas(t, async task => {
      await task.working()
      if (task.text === 'ignore') await forever
      await aborted(task.signal)
      await task.complete('Done before')
    })
    t.equal(gist(await two.cancel(await one.start('ignore'))).state, 'CANCELED')
    await t.rejects(two.cancel(await one.start('complete')), { name: 'TaskNotCancelableError', message: /COMPLETED/ })
  })

  await t.test('messages that wait there are not run', async t => {
    const { one, two } = replicas(t, async task => {
      await task.working()
      await aborted(task.signal)
    })
    const id = await one.start('one')
    const later = [one.send('two', { taskId: id }), two.send('three', { taskId: id })]
    await until(() => one.agent.tasks.size === 3)
    const [canceled, ...refused] = await Promise.allSettled([two.cancel(id), ...later])
    t.equal(canceled.status, 'fulfilled')
    for (const result of refused) t.match(result, { status: 'rejected', reason: { name: 'UnsupportedOperationError' } })
  })
})

t.test('a follow-up on another replica', async t => {
  await t.test('is queued where the task runs, with all that came with it', async t => {
    const open = gate()
    const seen: unknown[] = []
    const { one, two } = replicas(t, async task => {
      seen.push([task.text, task.attempt])
      await task.working()
      if (task.text === 'one') await open.opened
      await task.requireInput(`after ${task.text}`)
    }, {}, () => { throw new Error('runs elsewhere') })
    const id = await one.start('one')
    const following = two.send('two', { taskId: id })
    const streaming = two.stream('three', { taskId: id })
    const queued = await two.start('four', { taskId: id })
    t.equal(queued, id, 'who does not wait is answered when the message has been taken')
    t.ok((await two.get(id)).history?.some(message => textOf(message) === 'four'))
    open.open()
    await following
    t.equal(words(await streaming).at(-1), 'INPUT_REQUIRED after three')
    await until(() => seen.length === 4 && one.agent.tasks.size === 0)
    t.same(seen, [['one', 1], ['two', 1], ['three', 1], ['four', 1]])
    await until(() => two.agent.tasks.size === 0)
    t.same(await two.store.letters(scope, id), [])
  })

  await t.test('that is one too many is refused there, and here', async t => {
    const open = gate()
    const { one, two } = replicas(t, async task => {
      await task.working()
      await open.opened
      await task.requireInput('?')
    }, { limits: { queuedTurns: 1 } })
    const id = await one.start('one')
    const second = two.send('two', { taskId: id })
    await until(() => one.agent.tasks.size === 2)
    await t.rejects(two.send('three', { taskId: id }), { name: 'ResourceExhaustedError' })
    await t.rejects(two.stream('four', { taskId: id }), { name: 'ResourceExhaustedError' })
    open.open()
    await second
  })

  await t.test('meets the release of the lease: each runs once, wherever', async t => {
    const runs: string[] = []
    const { one, two } = replicas(t, async task => {
      runs.push(task.text)
      await task.requireInput(`after ${task.text}`)
    })
    const { id } = await one.send('0')
    const texts: string[] = []
    for (let i = 1; i <= 20; i++) {
      const [here, there] = i % 2 === 0 ? [one, two] : [two, one]
      const round = [`${i} a`, `${i} b`, `${i} c`]
      texts.push(...round)
      await Promise.all([here.send(`${i} a`, { taskId: id }), there.send(`${i} b`, { taskId: id }), here.send(`${i} c`, { taskId: id })])
    }
    t.same(runs.slice(1).toSorted(), texts.toSorted())
    t.same(await two.store.letters(scope, id), [])
  })

  await t.test('to a task that ends before it is taken up', async t => {
    const open = gate()
    const { one, two } = replicas(t, async task => {
      await task.working()
      await open.opened
    })
    const id = await one.start('one')
    const later = [two.send('two', { taskId: id }), two.stream('three', { taskId: id })]
    await until(() => one.agent.tasks.size === 3)
    open.open()
    for (const result of await Promise.allSettled(later)) t.match(result, { status: 'rejected', reason: { name: 'UnsupportedOperationError' } })
  })
})

t.test('a replica that dies', async t => {
  await t.test('fails its tasks by default: streams elsewhere see why', async t => {
    const { one, two, cut } = replicas(t, async task => {
      await task.artifact({ text: 'half' })
      await forever
    })
    const id = await one.start('hello')
    const watching = two.subscribe(id)
    const waiting = two.send('next', { taskId: id })
    await until(async () => (await two.get(id)).history?.length === 2)
    const diedAt = Date.now()
    cut()
    t.match(words(await watching).at(-1), /^FAILED The server that worked on the task stopped/)
    t.ok(Date.now() - diedAt < 2 * 300 + 200, 'within the lease time, and a third for the look around')
    await t.rejects(waiting, { name: 'UnsupportedOperationError' })
    t.same(gist(await two.get(id)).artifacts, ['half'])
    t.match((await two.get(id)).status.message, { role: 'ROLE_AGENT', taskId: id, contextId: /./ })
  })

  await t.test('with retry, the turn runs again with what is stored, and what waited runs after it', async t => {
    const seen: unknown[] = []
    const settings = { onCrash: 'retry' as const }
    const { one, two, cut } = replicas(t, async task => {
      await task.artifact({ artifactId: 'a', text: 'half' })
      await task.remember({ done: 1 })
      await forever
    }, settings, async task => {
      seen.push({ attempt: task.attempt, text: task.text, memory: task.memory, artifacts: task.task?.artifacts?.length, metadata: task.message.metadata })
      await task.artifact({ artifactId: 'a', text: ` and ${task.text}`, append: true })
      await task.requireInput('more?')
    })
    const id = await one.start('hello', { metadata: { n: 1 } })
    const streaming = two.subscribe(id)
    const next = two.send('next', { taskId: id })
    await until(async () => (await two.get(id)).history?.length === 2 && (await two.store.get(scope, id))?.meta.memory !== undefined)
    cut()
    const task = await next
    t.same(seen, [
      { attempt: 2, text: 'hello', memory: { done: 1 }, artifacts: 1, metadata: { n: 1 } },
      { attempt: 1, text: 'next', memory: { done: 1 }, artifacts: 1, metadata: undefined }
    ])
    t.same(gist(task), { state: 'INPUT_REQUIRED', message: 'more?', artifacts: ['half and hello and next'] })
    t.equal(gist(await two.cancel(id)).state, 'CANCELED')
    t.equal(words(await streaming).at(-1), 'CANCELED')
  })

  await t.test('a crash at every attempt is given up after maxAttempts', async t => {
    const attempts: number[] = []
    const inner = createMemoryStore()
    const wires: Array<ReturnType<typeof severable>> = []
    const start = () => {
      const wire = severable(inner)
      wires.push(wire)
      return setUp(t, async task => {
        attempts.push(task.attempt)
        await task.working()
        await forever
      }, { store: wire.store, leaseTtl: 200, onCrash: 'retry', maxAttempts: 3 })
    }
    const id = await start().start('hello')
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(() => attempts.length === attempt)
      await new Promise(resolve => setTimeout(resolve, 20))
      const dying = wires.at(-1)
      start()
      dying?.cut()
    }
    await until(async () => (await inner.get(scope, id))?.task.status.state === 'TASK_STATE_FAILED')
    t.same(attempts, [1, 2, 3])
    t.match(textOf((await inner.get(scope, id))?.task.status.message), /given up after 3 attempts/)
  })

  await t.test('each skill has its own way', async t => {
    const skills = [{ id: 'safe', onCrash: 'retry' as const }, { id: 'risky' }]
    const { one, two, cut } = replicas(t, async task => {
      await task.working()
      await forever
    }, { card: { name: 'x', description: 'y', skills } }, () => 'done')
    const [safe, risky] = [await one.start('a', { metadata: { skillId: 'safe' } }), await one.start('b', { metadata: { skillId: 'risky' } })]
    cut()
    await until(async () => (await two.get(safe)).status.state === 'TASK_STATE_COMPLETED')
    await until(async () => (await two.get(risky)).status.state === 'TASK_STATE_FAILED')
  })

  await t.test('after it has asked: the task waits for its client', async t => {
    const { one, two, cut } = replicas(t, async task => {
      await task.requireInput('Which?')
      await forever
    }, {}, task => task.text)
    const { id } = await one.send('hello')
    cut()
    t.equal(gist(await two.send('this', { taskId: id })).state, 'COMPLETED')
  })

  await t.test('a cancel that it has not read', async t => {
    const { one, two, cut } = replicas(t, async task => {
      await task.working()
      await forever
    }, { onCrash: 'retry' })
    const id = await one.start('hello')
    cut()
    t.equal(gist(await two.cancel(id)).state, 'CANCELED')
  })

  await t.test('and comes back can write nothing, and its clients follow the log', async t => {
    const open = gate()
    let refused: unknown
    let reason: unknown
    const { one, two, cut, mend } = replicas(t, async task => {
      await task.artifact({ artifactId: 'a', text: 'mine' })
      await open.opened
      try {
        for (;;) await task.artifact({ artifactId: 'a', text: 'stale', append: true })
      } catch (error) {
        refused = error
        reason = task.signal.reason
        throw error
      }
    }, { onCrash: 'retry' }, task => task.artifact({ artifactId: 'b', text: 'theirs' }))
    const streaming = one.stream('hello')
    const id = await firstTask(one)
    cut()
    await until(async () => (await two.get(id)).status.state === 'TASK_STATE_COMPLETED')
    mend()
    open.open()
    await until(() => refused !== undefined)
    t.match(reason, { code: 'A2A_ERR_LEASE_LOST' })
    t.same(gist(await two.get(id)).artifacts, ['mine', 'theirs'])
    t.same(words(await streaming).slice(-2), ['artifact theirs', 'COMPLETED'])
    await until(() => one.agent.tasks.size === 0)
  })
})

t.test('a store that is away for a moment costs nothing', async t => {
  const open = gate()
  const { one, cut, mend } = replicas(t, async task => {
    await task.artifact({ artifactId: 'a', text: '1' })
    await open.opened
    await task.artifact({ artifactId: 'a', text: '2', append: true })
  }, { leaseTtl: 2000 })
  const id = await one.start('hello')
  cut('unavailable')
  open.open()
  await new Promise(resolve => setTimeout(resolve, 400))
  mend()
  await until(async () => (await one.get(id)).status.state === 'TASK_STATE_COMPLETED')
  t.same(gist(await one.get(id)).artifacts, ['12'])
})

t.test('a replica that cannot write the end of a task leaves it to others', async t => {
  const open = gate()
  const inner = createMemoryStore()
  const executor: Executor = async task => {
    if (task.attempt === 1) await task.working()
    await open.opened
    return `attempt ${task.attempt}`
  }
  let isAway = false
  const store = new Proxy(sharing(inner), {
    get (target, name) {
      const value: unknown = Reflect.get(target, name)
      if (!isAway || typeof value !== 'function' || (name !== 'append' && name !== 'renew')) return value
      return async (...args: unknown[]) => {
        if (name === 'renew') await value.apply(target, args) // only the answer is lost
        throw new StoreUnavailableError()
      }
    }
  })
  const one = setUp(t, executor, { store, leaseTtl: 1000, onCrash: 'retry' })
  const two = setUp(t, executor, { store: sharing(inner), leaseTtl: 1000, onCrash: 'retry' })
  const id = await one.start('hello')
  isAway = true
  open.open()
  await until(async () => (await two.get(id)).status.state === 'TASK_STATE_COMPLETED')
  t.same(gist(await two.get(id)).artifacts, ['attempt 2'])
})

t.test('a replica that is closed', async t => {
  await t.test('hands over what runs, with retry: others go on at once', async t => {
    const seen: unknown[] = []
    let reason: unknown
    const { one, two } = replicas(t, async task => {
      await task.artifact({ artifactId: 'a', text: 'half' })
      await aborted(task.signal)
      reason = task.signal.reason
      await task.artifact({ artifactId: 'a', text: 'too late' }).catch(() => {})
    }, { onCrash: 'retry', maxAttempts: 1, leaseTtl: 3000 }, task => {
      seen.push([task.text, task.attempt])
      return task.requireInput('done')
    })
    const id = await one.start('hello')
    const [sending, streaming, watching] = [one.send('next', { taskId: id }), one.stream('more', { taskId: id }).catch(error => error), two.subscribe(id)]
    await until(() => one.agent.tasks.size === 3)
    await one.close()
    t.match(reason, { code: 'A2A_ERR_SHUTDOWN' })
    t.equal(short((await sending).status.state), 'SUBMITTED', 'who waits is answered with what there is')
    await until(() => seen.length === 3 && two.agent.tasks.size === 0)
    t.same(seen, [['hello', 2], ['next', 1], ['more', 1]], 'a handover is no crash')
    t.same(gist(await two.get(id)).artifacts, ['half'])
    t.same(await two.store.letters(scope, id), [])
    await two.cancel(id)
    t.equal(words(await watching).at(-1), 'CANCELED')
    await streaming
  })

  await t.test('asks others to run what it has not begun', async t => {
    const open = gate()
    const { one, two } = replicas(t, async task => {
      await task.working()
      await open.opened
      await task.requireInput(task.text)
    }, { onCrash: 'retry' })
    const id = await one.start('hello')
    const asking = two.send('next', { taskId: id })
    await until(() => one.agent.tasks.size === 2)
    const closing = two.close()
    t.equal(short((await asking).status.state), 'WORKING')
    await closing
    open.open()
    await until(async () => gist(await one.get(id)).message === 'next')
  })
})

t.test('with idempotency, a message that comes again on another replica', async t => {
  const once = { idempotency: true }

  await t.test('joins the turn that runs, early or late', async t => {
    let runs = 0
    const open = gate()
    const { one, two } = replicas(t, async task => {
      runs++
      await new Promise(resolve => setTimeout(resolve, 60)) // there is no task yet
      await task.working()
      await open.opened
      await task.requireInput('done')
    }, once)
    const same = { messageId: 'm' }
    const early = [one.send('hello', same), two.send('hello', same), two.stream('hello', same).then(words)] as const
    await until(async () => (await one.agent.store.list(scope, { limit: 1 })).total === 1)
    const late = two.send('hello', same)
    await until(() => two.agent.tasks.size === 3)
    open.open()
    const [first, second, third] = [await early[0], await early[1], await late]
    t.same([gist(second), gist(third), second.id, third.id], [gist(first), gist(first), first.id, first.id])
    t.equal((await early[2]).at(-1), 'INPUT_REQUIRED done')
    t.same(await two.send('hello', same), first, 'and after it, gets what became of it')

    const follow = { messageId: 'm2', taskId: first.id }
    await Promise.all([one.send('on', follow), two.send('on', follow), two.send('on', follow), one.send('on', follow)])
    t.equal(runs, 2)
  })

  await t.test('gets the same bare message', async t => {
    let runs = 0
    const { one, two } = replicas(t, async task => {
      await new Promise(resolve => setTimeout(resolve, 60))
      await task.reply(`run ${++runs}`)
    }, once)
    const answers = await Promise.all([one.exchange('hello', { messageId: 'm' }), two.exchange('hello', { messageId: 'm' })])
    t.same(answers.map(answer => 'message' in answer && textOf(answer.message)), ['run 1', 'run 1'])
  })

  await t.test('is run here when the first one has died over it', async t => {
    const { one, two, cut } = replicas(t, () => forever, { ...once, replyWindow: 100 }, task => task.text)
    one.exchange('hello', { messageId: 'm' }).catch(() => {})
    await new Promise(resolve => setTimeout(resolve, 20))
    cut()
    const sent = await Promise.all([two.send('hello', { messageId: 'm' }), two.send('hello', { messageId: 'm' })])
    t.same(sent.map(task => gist(task).artifacts), [['hello'], ['hello']])
    t.equal(sent[0]?.id, sent[1]?.id)
  })

  await t.test('is run here when the first one has died over a further message', async t => {
    const inner = createMemoryStore()
    let isDead = false
    const store = new Proxy(sharing(inner), {
      get: (target, name) => isDead && name === 'acquire' ? () => forever : Reflect.get(target, name)
    })
    const executor: Executor = task => task.text === 'hello' ? task.requireInput('what?') : task.text
    const options = { leaseTtl: 300, replyWindow: 100, ...once }
    const one = setUp(t, executor, { store, ...options })
    const two = setUp(t, executor, { store: sharing(inner), ...options })
    const { id } = await one.send('hello')
    isDead = true
    const follow = { messageId: 'm', taskId: id }
    one.send('on', follow).catch(() => {})
    await new Promise(resolve => setTimeout(resolve, 20))
    t.same(gist(await two.send('on', follow)), { state: 'COMPLETED', artifacts: ['on'] })
  })
})

async function firstTask ({ agent, call }: ReturnType<typeof setUp>): Promise<string> {
  for (;;) {
    const { items: [first] } = await agent.store.list(call.scope, { limit: 1 })
    if (first?.task.artifacts !== undefined) return first.task.id
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

t.test('a replica that is closed while it takes up a task leaves it to the others', async t => {
  for (const [onCrash, state] of [['retry', 'COMPLETED'], ['fail', 'FAILED']] as const) {
    const options = { leaseTtl: 300, onCrash }
    const inner = createMemoryStore()
    const wire = severable(inner)
    const stay: Executor = async task => {
      await task.working()
      await aborted(task.signal)
    }
    const one = setUp(t, stay, { store: wire.store, ...options })
    const id = await one.start('hello')
    wire.cut()

    const reading = gate()
    const open = gate()
    const letters: TaskStore['letters'] = async (...args) => {
      reading.open()
      await open.opened
      return await inner.letters(...args)
    }
    const slow = new Proxy(sharing(inner), { get: (store, name) => name === 'letters' ? letters : Reflect.get(store, name) })
    const two = setUp(t, stay, { store: slow, ...options })
    await reading.opened
    const closed = two.close()
    await new Promise(resolve => setTimeout(resolve, 50)) // until it has told what runs to end
    open.open()
    await closed

    const three = setUp(t, async task => await task.complete('done'), { store: sharing(inner), ...options })
    await until(async () => short((await three.get(id)).status.state) === state)
    t.pass(`${onCrash}: ${state}`)
    wire.mend()
  }
})

t.test('a store that fails while a task is taken up: it is found again', async t => {
  const inner = createMemoryStore()
  const wire = severable(inner)
  const executor: Executor = async task => {
    await task.working()
    await aborted(task.signal)
  }
  const one = setUp(t, executor, { store: wire.store, leaseTtl: 300 })
  const id = await one.start('hello')
  wire.cut()

  let failures = 0
  let hasLease = false
  const store: TaskStore = sharing(inner)
  const faulty = new Proxy(store, {
    get: (target, name) => {
      if (name === 'acquire') {
        return async (...args: Parameters<TaskStore['acquire']>) => {
          const lease = await store.acquire(...args)
          hasLease = lease !== undefined
          return lease
        }
      }
      if (name === 'get' && hasLease && failures === 0) {
        failures++
        return () => Promise.reject(new StoreUnavailableError(new Error('not now')))
      }
      return Reflect.get(target, name)
    }
  })
  const two = setUp(t, executor, { store: faulty, leaseTtl: 300 })
  await until(async () => (await inner.get(scope, id))?.task.status.state === 'TASK_STATE_FAILED')
  t.equal(failures, 1)
  t.equal(gist(await two.get(id)).state, 'FAILED')
  wire.mend()
})

/** A second connection: closing it closes nothing. */
function sharing (inner: TaskStore): TaskStore {
  return severable(inner).store
}
