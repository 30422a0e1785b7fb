/** What executors may do, in all forms, and what becomes of the task. */
import t from 'tap'
import { AgentError } from '../../lib/agent/errors.ts'
import type { Executor, TaskContext } from '../../lib/agent/executor.ts'
import { isTerminal } from '../../lib/task/states.ts'
import type { TaskState } from '../../schemas/v1/common.ts'
import { gate, until } from '../helpers/wait.ts'
import { aborted, forever, gist, setUp, short, textOf, words } from './agent.ts'

const generic = 'The agent failed to complete the task'
/** A copy of it has no text. */
const inheritsText = new (class { get text () { return 'said' } toJSON () { return { word: this.text } } })()
const completed = (...artifacts: string[]) => ({ state: 'COMPLETED', message: undefined, artifacts })
const failed = (message: string, ...artifacts: string[]) => ({ state: 'FAILED', message, artifacts })

t.test('forms of executors', async t => {
  const forms: Record<string, Executor> = {
    'an async function': async task => `you said ${task.text}`,
    'a function': task => `you said ${task.text}`,
    'an object': { execute: async task => `you said ${task.text}` },
    'an object with a method that needs its object': new (class { word = 'said'; execute (task: TaskContext) { return `you ${this.word} ${task.text}` } })(),
    'an async generator that yields text': async function * (task) {
      yield 'you '
      yield 'said '
      yield task.text
    },
    'an async generator that returns': async function * (task) {
      yield task.working('Thinking')
      return `you said ${task.text}`
    },
    'an async generator that yields verbs': async function * (task) { yield task.artifact({ text: `you said ${task.text}` }) },
    'an async generator that yields protocol events': async function * (task) {
      yield { artifactUpdate: { taskId: 'ignored', contextId: 'ignored', artifact: { artifactId: 'a', parts: [{ text: `you said ${task.text}` }] } } }
      yield { statusUpdate: { taskId: 'ignored', contextId: 'ignored', status: { state: 'TASK_STATE_COMPLETED' } } }
    },
    'an async generator that yields a whole task': async function * (task) {
      yield { task: { id: 'ignored', contextId: 'ignored', status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ artifactId: 'a', parts: [{ text: `you said ${task.text}` }] }] } }
    },
    'another async iterable': task => new ReadableStream<string>({
      start (controller) {
        controller.enqueue(`you said ${task.text}`)
        controller.close()
      }
    }),
    'one that awaits its verbs': async task => {
      const stream = task.artifactStream({ name: 'answer' })
      await stream.write('you said ')
      await stream.end(task.text)
      await task.complete()
    },
    'one that awaits nothing': task => {
      void task.working()
      const stream = task.artifactStream()
      void stream.write('you said ')
      void stream.write(task.text)
      void stream.end()
      void task.complete()
    }
  }
  for (const [name, executor] of Object.entries(forms)) {
    await t.test(name, async t => {
      const { send, errors } = setUp(t, executor)
      t.same(gist(await send('hello')), completed('you said hello'))
      t.same(errors(), [])
    })
  }
})

t.test('what an executor returns', async t => {
  const results: Array<[name: string, result: unknown, artifacts: unknown]> = [
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['text', 'x', [{ parts: [{ text: 'x' }] }]],
    ['bytes', new Uint8Array([0, 1, 2]), [{ parts: [{ raw: 'AAEC' }] }]],
    ['a part', { url: 'https://example.com/' }, [{ parts: [{ url: 'https://example.com/' }] }]],
    ['parts', [{ text: 'x' }, { data: 1 }], [{ parts: [{ text: 'x' }, { data: 1 }] }]],
    ['an artifact', { name: 'n', data: { x: 1 } }, [{ name: 'n', parts: [{ data: { x: 1 } }] }]],
    ['an object', { x: 1 }, [{ parts: [{ data: { x: 1 } }] }]],
    ['an object that inherits a text', inheritsText, [{ parts: [{ data: { word: 'said' } }] }]],
    ['a list', [1, 2], [{ parts: [{ data: [1, 2] }] }]],
    ['a number', 5, [{ parts: [{ data: 5 }] }]],
    ['false', false, [{ parts: [{ data: false }] }]]
  ]
  for (const [name, result, artifacts] of results) {
    await t.test(name, async t => {
      const { send } = setUp(t, () => result as string)
      const task = await send('hello')
      t.equal(task.status.state, 'TASK_STATE_COMPLETED')
      t.same(task.artifacts?.map(({ artifactId, ...artifact }) => artifact), artifacts)
    })
  }
})

t.test('every verb', async t => {
  const { send, stream, get } = setUp(t, async function * (task) {
    yield task.working('Working', { metadata: { step: 1 } })
    yield task.artifact({ artifactId: 'a', name: 'first', data: { n: 1 } }, { metadata: { of: 'update' } })
    yield task.artifact({ artifactId: 'a', text: 'more', append: true, lastChunk: true })
    yield task.annotate({ cost: 2 })
    yield task.remember({ secret: 'kept' })
    yield task.requireAuth('Sign in')
    yield task.requireInput({ parts: [{ text: 'Which?' }], messageId: 'question' })
  }, { replyWindow: 0 })

  const streamed = await stream('hello')
  t.same(words(streamed), ['task SUBMITTED', 'WORKING Working', 'artifact ', 'artifact more', 'AUTH_REQUIRED Sign in', 'INPUT_REQUIRED Which?'])
  const { id } = await send('hello')
  const task = await get(id)
  t.same(task.metadata, { cost: 2 })
  t.same(task.artifacts, [{ artifactId: 'a', name: 'first', parts: [{ data: { n: 1 } }, { text: 'more' }] }])
  t.equal(task.status.message?.messageId, 'question')
  t.notOk(JSON.stringify(task).includes('kept'), 'memory is nobody else\'s')

  for (const verb of ['complete', 'fail', 'reject', 'canceled'] as const) {
    const states = { complete: 'COMPLETED', fail: 'FAILED', reject: 'REJECTED', canceled: 'CANCELED' }
    const { send } = setUp(t, task => { void task[verb]('Bye') })
    t.same(gist(await send('hello')), { state: states[verb], message: 'Bye', artifacts: [] })
  }
})

t.test('timestamps of a task do not go back', async t => {
  const { send, events } = setUp(t, async function * (task) {
    for (let i = 0; i < 5; i++) yield task.working(`${i}`)
    yield task.requireInput('?')
  })
  const { id } = await send('hello')
  const times = (await events(id)).flatMap(event => 'created' in event ? event.created.task.status.timestamp ?? '' : 'statusUpdate' in event ? event.statusUpdate.status.timestamp ?? '' : [])
  t.equal(times.length, 7)
  t.same(times, times.toSorted())
})

t.test('a later turn knows what came before', async t => {
  const { send } = setUp(t, task => {
    void task.remember({ turns: 1 + Number(task.memory.turns ?? 0) })
    void task.requireInput(`turn ${task.memory.turns}: ${task.history.map(message => textOf(message)).join(', ')}; ${task.task?.status.state}`)
  })
  const { id, status } = await send('one')
  t.equal(textOf(status.message), 'turn 1: one; undefined')
  t.equal(gist(await send('two', { taskId: id })).message, 'turn 2: one, turn 1: one; undefined, two; TASK_STATE_WORKING')
})

t.test('illegal transitions name both states', async t => {
  const terminal: TaskState[] = ['TASK_STATE_COMPLETED', 'TASK_STATE_FAILED', 'TASK_STATE_CANCELED', 'TASK_STATE_REJECTED']
  for (const from of terminal) {
    for (const to of [...terminal, 'TASK_STATE_WORKING', 'TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_SUBMITTED'] as const) {
      let thrown: unknown
      const ids = { taskId: '', contextId: '' }
      const { send, errors } = setUp(t, async task => {
        await task.emit({ statusUpdate: { ...ids, status: { state: from } } })
        try {
          await task.emit({ statusUpdate: { ...ids, status: { state: to } } })
        } catch (error) {
          thrown = error
        }
      })
      t.equal((await send('hello')).status.state, from)
      t.match(thrown, { name: 'MisuseError', code: /A2A_ERR_TRANSITION|A2A_ERR_TURN_ENDED/, message: new RegExp(from) }, `${from} to ${to}`)
      t.same(errors(), [])
    }
  }
  await t.test('by the verb itself, before the status is stored', async t => {
    let thrown: unknown
    const { send } = setUp(t, task => {
      void task.complete('Done')
      task.working().catch(error => { thrown = error })
    })
    t.same(gist(await send('hello')), { state: 'COMPLETED', message: 'Done', artifacts: [] })
    t.match(thrown, { code: 'A2A_ERR_TRANSITION', message: /TASK_STATE_COMPLETED.*TASK_STATE_WORKING/ })
  })
})

t.test('executors that throw', async t => {
  const cases: Array<[name: string, executor: Executor, result: object]> = [
    ['before any event', () => { throw new Error('secret') }, failed(generic)],
    ['asynchronously', async () => { throw new Error('secret') }, failed(generic)],
    ['between events', async function * (task) { yield task.artifact({ text: 'x' }); throw new Error('secret') }, failed(generic, 'x')],
    ['an AgentError', () => { throw new AgentError('No such flight') }, failed('No such flight')],
    ['something that is no error', () => { throw 'secret' }, failed(generic)], // eslint-disable-line no-throw-literal
    ['nothing at all', () => { throw undefined }, failed(generic)], // eslint-disable-line no-throw-literal
    ['after the end', async task => { await task.complete('Done'); throw new Error('secret') }, { state: 'COMPLETED', message: 'Done', artifacts: [] }],
    ['after asking', async task => { await task.requireInput('Which?'); throw new Error('secret') }, failed(generic)],
    ['in text', async function * () { yield 'some '; throw new Error('secret') }, failed(generic, 'some ')]
  ]
  for (const [name, executor, result] of cases) {
    await t.test(name, async t => {
      const { send, stream, get, lines } = setUp(t, executor)
      const { id } = await send('hello')
      await until(async () => isTerminal((await get(id)).status.state)) // one that has asked has been answered already
      t.same(gist(await get(id)), result)
      await stream('hello')
      await until(() => name === 'an AgentError' || lines.some(({ err }) => err === undefined || err === 'secret' || (err instanceof Error && err.message === 'secret')))
    })
  }
})

t.test('executors that yield garbage', async t => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const garbage: unknown[] = [
    null, 5, true, [], {}, { kind: 'status-update' }, { statusUpdate: {} }, { statusUpdate: { status: { state: 'NO_STATE' } } }, { statusUpdate: 'x' },
    { artifactUpdate: {} }, { artifactUpdate: { artifact: { parts: [] } } }, { artifactUpdate: { artifact: { parts: [{}] } } }, { artifactUpdate: { artifact: { parts: [{ text: 5 }] } } },
    { artifactUpdate: { artifact: { parts: [{ data: cyclic }] } } }, { task: {} }, { message: {} }, { message: { parts: [null] } }, { task: { status: { state: 'TASK_STATE_WORKING' }, artifacts: [null] } }
  ]
  for (const value of garbage) {
    const { send, stream } = setUp(t, async function * () {
      yield 'good '
      yield value as string
      yield 'never'
    })
    t.match(gist(await send('hello')), { state: 'FAILED', message: generic, artifacts: ['good '] })
    t.ok((await stream('hello')).length > 0)
  }
  await t.test('that can\'t be told to stop', async t => {
    const iterables: unknown[] = [
      { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 5, done: false }), return: () => undefined }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 5, done: false }), return: () => { throw new Error('no') } }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 5, done: false }), return: async () => { throw new Error('no') } }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) },
      { [Symbol.asyncIterator]: () => undefined }
    ]
    for (const iterable of iterables) {
      const { send, lines } = setUp(t, () => iterable as AsyncIterable<string>)
      t.match(gist(await send('hello')), { state: 'FAILED', message: generic })
      t.notMatch(lines, [{ err: { message: /catch|no$/ } }])
    }
  })
  await t.test('as a result', async t => {
    for (const result of [cyclic, 10n, () => {}, Symbol('x'), { name: 'n', parts: [] }]) {
      const { send } = setUp(t, () => result as object)
      t.ok(['FAILED', 'COMPLETED'].includes(gist(await send('hello')).state))
    }
  })
})

t.test('what is handed over can be changed afterwards', async t => {
  const { send, events } = setUp(t, async function * (task) {
    const data = { list: [1] }
    const metadata = { n: 1 }
    const extensions = ['https://example.com/a']
    yield task.artifact({ artifactId: 'a', data, metadata, extensions })
    yield task.annotate(metadata)
    data.list.push(2)
    metadata.n = 2
    extensions.push('https://example.com/b')
    yield task.requireInput('?')
  })
  const { id, artifacts, metadata } = await send('hello')
  t.same(artifacts, [{ artifactId: 'a', parts: [{ data: { list: [1] } }], metadata: { n: 1 }, extensions: ['https://example.com/a'] }])
  t.same(metadata, { n: 1 })
  t.notOk(JSON.stringify(await events(id)).includes('"n":2'))
})

t.test('a streamed artifact has the content that is written, and no other', async t => {
  const refused = Array.from({ length: 2 }, () => 'artifact must have no text: its content is what is written to the stream')
  const { send } = setUp(t, async task => {
    const given: object = { artifactId: 'a', text: 'of the artifact' } // as JavaScript may hand it over
    const stream = task.artifactStream(given)
    t.same(await Promise.all(['one', 'two'].map(text => stream.write(text).catch(error => error.message))), refused)
  })
  t.match(gist(await send('hello')), { state: 'COMPLETED', artifacts: [] })
})

t.test('a verb that is given nothing refuses it, and does not throw where nobody waits for it', async t => {
  const nothing = undefined as never
  const { send } = setUp(t, async task => {
    const verbs = [() => task.artifact(nothing), () => task.artifactStream().write(nothing), () => task.reply(nothing), () => task.emit(nothing)]
    for (const verb of verbs) {
      void verb()
      await t.rejects(verb())
    }
  })
  t.match(gist(await send('hello')), { state: 'COMPLETED', artifacts: [] })
})

t.test('a part that only inherits its content is refused', async t => {
  const { send } = setUp(t, async task => {
    await t.rejects(task.artifact({ parts: [inheritsText] }), { code: 'A2A_ERR_OUTPUT', message: /parts\[0\] must be a part/ })
  })
  t.match(gist(await send('hello')), { state: 'COMPLETED', artifacts: [] })
})

t.test('verbs after the end are errors of the executor, not of the process', async t => {
  const done = gate()
  const over = gate()
  const codes: unknown[] = []
  const { send, lines } = setUp(t, async task => {
    await task.complete('Done')
    await done.opened
    const stream = task.artifactStream()
    const late: Array<() => Promise<void>> = [
      () => task.working(), () => task.artifact({ text: 'x' }), () => stream.write('x'), () => stream.end('x'), () => task.annotate({}), () => task.remember({}),
      () => task.reply('x'), () => task.emit({ message: { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'x' }] } }),
      () => task.emit({ task: { id: '', status: { state: 'TASK_STATE_WORKING' }, metadata: {}, artifacts: [] } })
    ]
    for (const verb of late) {
      void verb() // what nobody awaits must not end the process
      await verb().catch(error => codes.push(error.code))
    }
    over.open()
    throw new Error('and then it throws')
  })
  t.same(gist(await send('hello')), { state: 'COMPLETED', message: 'Done', artifacts: [] })
  done.open()
  await over.opened
  await until(() => lines.some(({ level }) => level === 'warn'))
  t.same(codes, Array.from({ length: 9 }, () => 'A2A_ERR_TURN_ENDED'))
})

t.test('deadlines', async t => {
  await t.test('an executor that never ends', async t => {
    for (const executor of [() => forever, async function * () { yield await forever }, async function * (task: TaskContext) { yield task.working(); await forever }]) {
      const { send } = setUp(t, executor, { timeout: 30 })
      t.same(gist(await send('hello')), failed('The agent did not finish within 30 ms'))
    }
  })
  await t.test('an executor that falls silent', async t => {
    let reason: unknown
    const { send } = setUp(t, async function * (task) {
      yield task.working()
      await aborted(task.signal)
      reason = task.signal.reason
      yield task.complete('too late')
    }, { idleTimeout: 30 })
    t.same(gist(await send('hello')), failed('The agent was silent for 30 ms'))
    await until(() => reason !== undefined)
    t.match(reason, { code: 'A2A_ERR_TIMEOUT' })
  })
  await t.test('an executor that keeps talking', async t => {
    const { send } = setUp(t, async function * (task) {
      for (let i = 0; i < 25; i++) {
        await new Promise(resolve => setTimeout(resolve, 60))
        yield task.working(`${i}`)
      }
    }, { idleTimeout: 1000 })
    t.same(gist(await send('hello')), completed())
  })
  await t.test('an executor that stops in time says so itself', async t => {
    const { send } = setUp(t, task => {
      task.signal.addEventListener('abort', () => { void task.complete('Just in time') })
      return forever
    }, { timeout: 30 })
    t.equal(gist(await send('hello')).message, 'Just in time')
  })
})

t.test('replies', async t => {
  await t.test('within the window: nothing is kept', async t => {
    const { exchange, stream, store } = setUp(t, task => task.reply('Hi'), { replyWindow: 10_000 })
    const result = await exchange('hello')
    t.ok('message' in result && textOf(result.message) === 'Hi' && result.message.taskId === undefined)
    t.same(words(await stream('hello')), ['message Hi'])
    t.equal((await store.list({ agent: 'default', tenant: '', owner: '' }, { limit: 1 })).total, 0)
  })
  await t.test('a returned message is one', async t => {
    const { exchange } = setUp(t, () => ({ role: 'ROLE_AGENT', parts: [{ text: 'Hi' }] }))
    const result = await exchange('hello')
    t.ok('message' in result && textOf(result.message) === 'Hi')
  })
  await t.test('after the window: it completes the task', async t => {
    const slow = gate()
    const { exchange, start, get } = setUp(t, async task => {
      await slow.opened
      await task.reply('Hi')
    }, { replyWindow: 1 })
    const id = await start('hello')
    t.equal((await get(id)).status.state, 'TASK_STATE_SUBMITTED')
    slow.open()
    await until(async () => (await get(id)).status.state === 'TASK_STATE_COMPLETED')
    t.equal(gist(await get(id)).message, 'Hi')
    t.ok(await exchange('hello'))
  })
  await t.test('after events: it completes the task', async t => {
    const { send } = setUp(t, async task => {
      await task.artifact({ text: 'x' })
      await task.reply('Hi')
    }, { replyWindow: 10_000 })
    t.same(gist(await send('hello')), { state: 'COMPLETED', message: 'Hi', artifacts: ['x'] })
  })
  await t.test('in a follow-up: it completes the task', async t => {
    const { send } = setUp(t, async task => { await (task.task === undefined ? task.requireInput('Who?') : task.reply('Hi')) })
    const { id } = await send('hello')
    t.same(gist(await send('me', { taskId: id })), { state: 'COMPLETED', message: 'Hi', artifacts: [] })
  })
  await t.test('twice, or before more: the first one counts', async t => {
    const { exchange, store } = setUp(t, task => {
      void task.reply('one')
      void task.reply('two')
    })
    const result = await exchange('hello')
    t.ok('message' in result && textOf(result.message) === 'one')
    t.equal((await store.list({ agent: 'default', tenant: '', owner: '' }, { limit: 1 })).total, 0)
  })
})

t.test('limits', async t => {
  await t.test('events', async t => {
    const { send, events } = setUp(t, async function * (task) {
      for (let i = 0; ; i++) yield task.artifact({ artifactId: `${i}`, text: 'x' })
    }, { limits: { events: 20 } })
    const task = await send('hello')
    t.match(gist(task), { state: 'FAILED', message: /limits\.events \(20\)/ })
    t.ok((await events(task.id)).length <= 21)
  })
  await t.test('the size of an artifact, all chunks together', async t => {
    const { send } = setUp(t, async function * (task) {
      yield task.artifact({ artifactId: 'other', text: 'x'.repeat(90) })
      for (let i = 0; i < 5; i++) yield 'x'.repeat(30)
    }, { limits: { artifactSize: 100 } })
    t.match(gist(await send('hello')), { state: 'FAILED', message: /limits\.artifactSize \(100 bytes\)/, artifacts: ['x'.repeat(90), 'x'.repeat(90)] })
  })
  await t.test('an artifact that is replaced begins anew', async t => {
    const { send } = setUp(t, async function * (task) {
      for (let i = 0; i < 5; i++) yield task.artifact({ artifactId: 'a', text: `${i}`.repeat(90) })
    }, { limits: { artifactSize: 100 } })
    t.same(gist(await send('hello')), completed('4'.repeat(90)))
  })
  await t.test('over several turns', async t => {
    const { send } = setUp(t, async task => {
      await task.artifact({ artifactId: 'a', text: 'x'.repeat(60), append: true })
      await task.requireInput('More?')
    }, { limits: { artifactSize: 100 } })
    const { id } = await send('one')
    t.match(gist(await send('two', { taskId: id })), { state: 'FAILED', message: /artifactSize/, artifacts: ['x'.repeat(60)] })
  })
  await t.test('an executor may go on after a limit', async t => {
    const { send } = setUp(t, async task => {
      try {
        await task.artifact({ text: 'x'.repeat(101) })
      } catch {
        await task.complete('Too long')
      }
    }, { limits: { artifactSize: 100 } })
    t.equal(gist(await send('hello')).message, 'Too long')
  })
  await t.test('turns at once', async t => {
    const open = gate()
    const { start, send, agent } = setUp(t, async task => {
      await task.working()
      await open.opened
    }, { limits: { turns: 2 } })
    await start('one')
    await start('two')
    await t.rejects(send('three'), { name: 'UnavailableError' })
    open.open()
    await until(() => agent.tasks.size === 0)
    t.equal((await send('four')).status.state, 'TASK_STATE_COMPLETED')
  })
  await t.test('history', async t => {
    const { send } = setUp(t, task => { void task.requireInput(`answer to ${task.text}`) }, { limits: { history: 3 } })
    const { id } = await send('0')
    for (let i = 1; i <= 4; i++) await send(`${i}`, { taskId: id })
    const { history } = await send('5', { taskId: id })
    t.same(history?.map(message => textOf(message)), ['4', 'answer to 4', '5'])
  })
})

t.test('the caller of a stream sees every event once and in order', async t => {
  const { stream } = setUp(t, async function * (task) {
    yield task.working('one')
    for (let i = 0; i < 200; i++) {
      if (i % 50 === 0) await new Promise(resolve => setImmediate(resolve))
      yield `${i} `
    }
    yield task.complete('two')
  }, { replyWindow: 0 })
  const seen = words(await stream('hello'))
  t.same(seen, ['task SUBMITTED', 'WORKING one', ...Array.from({ length: 200 }, (_, i) => `artifact ${i} `), 'COMPLETED two'])
})

t.test('an executor that leaves its task waiting', async t => {
  const { send, stream } = setUp(t, async task => { await task.requireInput('Which?') })
  const { id, status } = await send('hello')
  t.equal(short(status.state), 'INPUT_REQUIRED')
  t.equal(words(await stream('this one', { taskId: id })).at(-1), 'INPUT_REQUIRED Which?')
})
