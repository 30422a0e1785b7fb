/** Bad input and faults, from outside: after each, the right answer, nothing lost or doubled, nothing left behind, and a server that still serves. */
import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Artifact, StreamResponse, Task } from '../../schemas/v1/common.ts'
import { AgentError } from '../../lib/agent/errors.ts'
import type { ExecuteFunction, ExecutorYield, TaskContext } from '../../lib/agent/executor.ts'
import { agent, host, listen, logSink, obey, stopped, type HostOptions } from '../helpers/host.ts'
import { message, RpcClient, sendParams } from '../helpers/rpc.ts'
import { openStream, responseOf, type SseStream } from '../helpers/sse.ts'
import { watchedStore } from '../helpers/stores.ts'
import { closed, gate, until } from '../helpers/wait.ts'

/** A server whose health is checked when the test is over. */
async function serve (t: Test, options: HostOptions = {}) {
  const { store, readers } = watchedStore()
  const app = await host(t, { executor: obey, store, ...options })
  const rpc = new RpcClient(app)
  const isIdle = () => readers.size === 0 && app.a2a.agents[0]?.activeTurns === 0
  const isWell = async (t: Test) => {
    await until(isIdle)
    t.match(await rpc.ask('ListTasks'), { status: 200, body: { result: {} } }, 'the server still serves')
  }
  return { app, store, rpc, readers, isWell }
}

t.test('JSON', async t => {
  const { rpc, isWell } = await serve(t, { executor: task => task.data ?? task.text })
  const send = (part: string) => `{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[${part}]}}}`

  t.test('that is none', async t => {
    for (const body of ['{', 'x', '{"a":', '{"jsonrpc":"2.0","id":1,"method":"Get', '\ufeff{', "{'a':1}", '[1,', '"\\x"', '\u0001', Buffer.from([0xff, 0xfe, 0x00])]) {
      t.match((await rpc.post(body)).body, { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Invalid JSON payload' } })
    }
  })

  t.test('that nests without end', async t => {
    for (const depth of [101, 1000, 100_000]) {
      for (const [open, close] of [['[', ']'], ['{"a":', '}']] as const) {
        const body = send(`{"data":${open.repeat(depth)}1${close.repeat(depth)}}`)
        t.match((await rpc.post(body)).body, { error: { code: -32600, message: /nests deeper than 100/ } }, `${depth} ${open}`)
      }
      t.match((await rpc.post('['.repeat(depth))).body, { error: { code: -32600 } })
    }
    const deep = JSON.parse(`${'['.repeat(90)}1${']'.repeat(90)}`) as unknown
    t.strictSame((await rpc.send([{ data: deep }])).artifacts?.[0]?.parts, [{ data: deep }], 'what is within the limit comes through')
    const brackets = '[{"\\'.repeat(1000)
    t.match((await rpc.send(brackets)).artifacts, [{ parts: [{ text: brackets }] }], 'brackets in a string are no nesting')
  })

  t.test('with keys that poison', async t => {
    for (const part of ['{"text":"x","__proto__":{"polluted":true}}', '{"data":{"__proto__":{"polluted":true}}}', '{"data":{"a":[{"constructor":{"prototype":{"polluted":true}}}]}}', '{"data":{"\\u005f_proto__":{"polluted":true}}}']) {
      t.match((await rpc.post(send(part))).body, { error: { code: -32600, message: /not allowed/ } }, part)
    }
    t.match((await rpc.post('{"__proto__":{"jsonrpc":"2.0"},"id":1,"method":"ListTasks"}')).body, { error: { code: -32600 } })
    t.notOk('polluted' in {})
    const harmless = { constructor: 'a word', toString: 1, prototype: {} }
    t.strictSame((await rpc.send([{ data: harmless }])).artifacts?.[0]?.parts, [{ data: harmless }])
  })

  t.test('with names twice, and values of the wrong kind everywhere', async t => {
    t.match((await rpc.post('{"jsonrpc":"2.0","id":1,"id":2,"method":"Nope","method":"ListTasks"}')).body, { id: 2, result: {} }, 'the last one counts')
    for (const params of ['[]', '"x"', '5', 'true', '{"message":[]}', '{"message":{"parts":{"0":{"text":"x"}}}}', '{"message":{"parts":[[]]}}', '{"message":{"parts":[{"text":{}}]}}']) {
      t.match((await rpc.post(`{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":${params}}`)).body, { id: 1, error: { code: -32602 } }, params)
    }
  })

  await isWell(t)
})

t.test('sizes', async t => {
  t.test('a body over the limit', async t => {
    const { rpc, isWell, app } = await serve(t)
    t.match(await rpc.ask('SendMessage', sendParams('x'.repeat(11 * 1024 * 1024))), { status: 413, body: { error: { code: -32600 } } })
    const socket = net.connect(Number(new URL(await listen(app)).port), '127.0.0.1')
    socket.write('POST /a2a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999999999999\r\n\r\n{')
    const [answer] = await once(socket, 'data') as [Buffer]
    t.match(String(answer), /^HTTP\/1\.1 413 .*"jsonrpc":"2\.0"/s, 'one that only says so is not waited for')
    socket.destroy()
    await isWell(t)
  })

  t.test('thousands of parts', async t => {
    const { rpc, isWell } = await serve(t, { executor: task => `${task.message.parts.length} parts` })
    const parts = (count: number) => Array.from({ length: count }, (_, index) => ({ text: `${index}` }))
    t.match((await rpc.send(parts(1000))).artifacts, [{ parts: [{ text: '1000 parts' }] }])
    for (const count of [1001, 50_000]) {
      t.match(await rpc.error('SendMessage', sendParams(parts(count))), { code: -32602, data: [{ fieldViolations: [{ field: 'message.parts', description: /at most 1000/ }] }] })
    }
    await isWell(t)
  })

  t.test('a megabyte of metadata', async t => {
    const { rpc, isWell } = await serve(t, { executor: task => Object.keys(task.metadata).length })
    const metadata = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key ${index}`, 'x'.repeat(50)]))
    const task = await rpc.send('x', { metadata, message: { metadata } })
    t.strictSame(task.artifacts?.[0]?.parts, [{ data: 20_000 }])
    t.strictSame((await rpc.get(task.id)).history?.[0]?.metadata, metadata)
    await isWell(t)
  })
})

t.test('cursors of nobody, and of somebody else', async t => {
  const { store, rpc, isWell } = await serve(t)
  for (let i = 0; i < 3; i++) await rpc.send('x')
  const { nextPageToken } = await rpc.result<{ nextPageToken: string }>('ListTasks', { pageSize: 1 })
  for (const pageToken of ['garbage', '0', 'null', '💥', 'x'.repeat(4096), nextPageToken.slice(2), Buffer.from('AAAAAAAA.-1').toString('base64url'), Buffer.from('AAAAAAAA.1e9').toString('base64url')]) {
    t.match(await rpc.error('ListTasks', { pageToken, pageSize: 1 }), { code: -32602, data: [{ fieldViolations: [{ field: 'pageToken' }] }] }, pageToken.slice(0, 20))
  }
  const other = await host(t, { store, id: 'other' })
  t.match(await new RpcClient(other).result('ListTasks', { pageToken: nextPageToken, pageSize: 1 }), { tasks: [], totalSize: 0 }, 'a cursor opens nothing that is not one\'s own')
  await isWell(t)
})

t.test('executors that misbehave', async t => {
  const secret = 'db password is hunter2'
  const failed = { state: 'TASK_STATE_FAILED', message: { parts: [{ text: 'The agent failed to complete the task' }] } }
  const texts = ({ artifacts = [] }: Task) => artifacts.map(({ parts }) => parts.map(({ text }) => text).join(''))

  const run = async (t: Test, execute: ExecuteFunction, options: HostOptions = {}) => {
    const logger = logSink()
    const { rpc, isWell, app } = await serve(t, { executor: execute, server: { logger }, ...options })
    const streamed = await rpc.stream<StreamResponse>('SendStreamingMessage', sendParams('go'))
    const task = await rpc.send('go')
    const last = streamed.at(-1)
    const end = last !== undefined && 'statusUpdate' in last ? last.statusUpdate.status.state : undefined
    t.equal(end, task.status.state, 'a stream ends as a blocking send does')
    const [first] = streamed
    const id = first !== undefined && 'task' in first ? first.task.id : ''
    t.strictSame((await rpc.get(id)).artifacts?.length, task.artifacts?.length)
    t.notMatch(JSON.stringify([task, streamed]), /hunter2|\.ts:/)
    await isWell(t)
    return { task, streamed, logger, rpc, app }
  }

  t.test('throw before, between and after their events', async t => {
    const before = await run(t, () => { throw new Error(secret) })
    t.match(before.task.status, failed)
    t.ok(before.logger.lines.some(line => JSON.stringify(line).includes('hunter2')), 'the log knows why')

    const between = await run(t, async function * (task) {
      yield task.working('on it')
      yield task.artifact({ text: 'half' })
      throw new Error(secret)
    })
    t.match(between.task.status, failed)
    t.strictSame(texts(between.task), ['half'])

    const after = await run(t, async task => {
      await task.complete('Done')
      throw new Error(secret)
    })
    t.match(after.task.status, { state: 'TASK_STATE_COMPLETED', message: { parts: [{ text: 'Done' }] } })

    t.match((await run(t, () => { throw new AgentError('No seats left') })).task.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: 'No seats left' }] } })
    for (const thrown of [undefined, null, secret, 5, {}]) t.match((await run(t, () => { throw thrown })).task.status, failed)
  })

  t.test('yield and return garbage', async t => {
    const garbage: unknown[] = [5, null, {}, [], { statusUpdate: {} }, { statusUpdate: { status: { state: 'DONE' } } }, { artifactUpdate: {} }, { artifactUpdate: { artifact: { parts: [] } } }, { task: {} }, { message: { parts: [{}] } }, Symbol('x'), () => {}]
    for (const value of garbage) {
      const { task } = await run(t, async function * () { yield value as ExecutorYield })
      t.match(task.status, failed, typeof value === 'symbol' ? 'a symbol' : JSON.stringify(value))
    }
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    for (const value of [cycle, 5n, { data: 5n }]) t.match((await run(t, () => value as object)).task.status, failed)
    for (const value of [undefined, null]) t.match((await run(t, () => value)).task, { status: { state: 'TASK_STATE_COMPLETED' } })
  })

  t.test('emit what the life cycle does not allow', async t => {
    const errors: string[] = []
    const tryAll = async (task: TaskContext) => {
      for (const verb of [() => task.working('again'), () => task.fail('no'), () => task.complete('twice'), () => task.artifact({ text: 'late' }), () => task.canceled()]) {
        try {
          await verb()
        } catch (error) {
          errors.push(error instanceof Error ? error.message : '')
        }
      }
    }
    const { task, streamed } = await run(t, async task => {
      await task.complete('first')
      await tryAll(task)
    })
    t.match(task, { status: { state: 'TASK_STATE_COMPLETED', message: { parts: [{ text: 'first' }] } }, artifacts: undefined })
    t.equal(streamed.length, 2, 'the end is told once')
    t.equal(errors.length, 10)
    for (const error of errors) t.match(error, /TASK_STATE_COMPLETED/)
  })

  t.test('go on when they are over', async t => {
    const late: unknown[] = []
    const { task, rpc, app } = await run(t, task => {
      const goOn = async () => {
        await until(() => task.state === 'TASK_STATE_COMPLETED')
        await task.artifact({ text: 'too late' })
      }
      goOn().catch((error: unknown) => late.push(error))
      return 'in time'
    })
    await until(() => late.length === 2)
    t.match(late, [{ code: 'A2A_ERR_TURN_ENDED' }, { code: 'A2A_ERR_TURN_ENDED' }])
    t.strictSame(texts(await rpc.get(task.id)), ['in time'])
    t.equal(app.a2a.agents[0]?.activeTurns, 0)
  })

  t.test('never end, and do not listen', async t => {
    const { task } = await run(t, async () => await new Promise<void>(() => {}), { timeout: 30 })
    t.match(task.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /did not finish within 30 ms/ }] } })
    const { task: silent } = await run(t, async task => {
      await task.working()
      await new Promise<void>(() => {})
    }, { idleTimeout: 30 })
    t.match(silent.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /silent for 30 ms/ }] } })
  })

  t.test('reach a limit', async t => {
    const endless: ExecuteFunction = async task => {
      for (;;) await task.artifact({ artifactId: 'a', text: 'x'.repeat(100), append: true })
    }
    t.match((await run(t, endless, { limits: { events: 50 } })).task.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /limits\.events \(50\)/ }] } })
    const { task } = await run(t, endless, { limits: { artifactSize: 1000 } })
    t.match(task.status, { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /limits\.artifactSize \(1000 bytes\)/ }] } })
    t.equal(texts(task)[0]?.length, 1000)
  })

  t.test('change what they have handed over', async t => {
    const { task } = await run(t, async task => {
      const data = { count: 1 }
      await task.artifact({ data })
      data.count = 2
      const parts: Artifact['parts'] = [{ text: 'said' }]
      await task.artifact({ parts })
      parts.push({ text: 'unsaid' })
    })
    t.match(task.artifacts, [{ parts: [{ data: { count: 1 } }] }, { parts: { length: 1 } }])
  })
})

t.test('two turns at once on one task', async t => {
  let running = 0
  let most = 0
  const { rpc, app, isWell } = await serve(t, {
    limits: { queuedTurns: 3 },
    executor: async task => {
      most = Math.max(most, ++running)
      await nextTurn()
      running--
      await task.requireInput(`heard ${task.text}`)
    }
  })
  const { id } = await rpc.send('0')
  const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => rpc.ask('SendMessage', { message: message(`${index + 1}`, { taskId: id }) })))
  const taken = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status === 429)
  t.equal(taken.length + refused.length, 6)
  t.ok(taken.length >= 4)
  for (const { body } of refused) t.match(body.error, { code: -32051, message: /3 messages wait/ })
  t.equal(most, 1, 'never two at a time')
  const task = await rpc.get(id)
  const said = [...task.history ?? [], ...task.status.message === undefined ? [] : [task.status.message]].map(({ parts }) => parts[0]?.text)
  t.equal(new Set(said).size, said.length, 'nothing twice')
  t.equal(said.filter(text => text?.startsWith('heard')).length, taken.length + 1, 'nothing lost')
  t.equal(app.a2a.agents[0]?.activeTurns, 0)
  await isWell(t)
})

t.test('cancelling', async t => {
  const chatter: ExecuteFunction = async task => {
    const text = task.artifactStream()
    for (let i = 0; !task.signal.aborted; i++) {
      await text.write(`${i} `)
      await nextTurn()
    }
  }

  t.test('in the middle of a stream', async t => {
    const { app, rpc, isWell } = await serve(t, { executor: chatter })
    const stream = await openStream(`${await listen(app)}/a2a`, { method: 'SendStreamingMessage', params: sendParams('go') })
    await stream.until(({ data }) => data.includes('"5 "'))
    const first = responseOf(stream.events[0])
    const id = 'task' in first ? first.task.id : ''
    t.match(await rpc.result('CancelTask', { id }), { status: { state: 'TASK_STATE_CANCELED' } })
    const events = await stream.all()
    t.strictSame(events.map(({ id }) => Number(id)), events.map((_, index) => index + 1), 'nothing lost, nothing twice')
    t.match(responseOf(events.at(-1)), { statusUpdate: { status: { state: 'TASK_STATE_CANCELED' } } })
    const chunks = events.map(responseOf).flatMap(event => 'artifactUpdate' in event ? event.artifactUpdate.artifact.parts.map(({ text }) => text) : [])
    t.equal((await rpc.get(id)).artifacts?.[0]?.parts.map(({ text }) => text).join(''), chunks.join(''))
    await isWell(t)
  })

  t.test('twice, at once and after', async t => {
    const { rpc, isWell } = await serve(t, { executor: chatter })
    const { id } = await rpc.send('go', { configuration: { returnImmediately: true } })
    const answers = await Promise.all([1, 2, 3, 4].map(() => rpc.ask('CancelTask', { id })))
    for (const { body } of answers) {
      if (body.error === undefined) t.match(body.result, { status: { state: 'TASK_STATE_CANCELED' } })
      else t.match(body.error, { code: -32002 })
    }
    t.ok(answers.some(({ body }) => body.error === undefined))
    t.match(await rpc.error('CancelTask', { id }), { code: -32002 })
    t.match(await rpc.error('SendMessage', sendParams('more', { message: { taskId: id } })), { code: -32004 })
    await isWell(t)
  })

  t.test('an executor that does not listen', async t => {
    const { rpc, isWell } = await serve(t, {
      cancelGrace: 20,
      executor: async task => {
        await task.working('deaf')
        await new Promise<void>(() => {})
      }
    })
    const { id } = await rpc.send('go', { configuration: { returnImmediately: true } })
    t.match(await rpc.result('CancelTask', { id }), { status: { state: 'TASK_STATE_CANCELED' } })
    await isWell(t)
  })

  t.test('one that finishes all the same has finished', async t => {
    const { rpc, isWell } = await serve(t, {
      executor: async task => {
        await task.working()
        await stopped(task.signal)
        await task.complete('just in time')
      }
    })
    const { id } = await rpc.send('go', { configuration: { returnImmediately: true } })
    t.match(await rpc.error('CancelTask', { id }), { code: -32002, data: [{ metadata: { state: 'TASK_STATE_COMPLETED' } }] })
    await isWell(t)
  })

  t.test('races with the end of the work', async t => {
    const { rpc, isWell } = await serve(t, {
      executor: async task => {
        for (let turns = Number(task.text); turns > 0; turns--) await nextTurn()
        return 'done'
      }
    })
    for (let turns = 0; turns < 30; turns++) {
      const { id } = await rpc.send(`${turns % 6}`, { configuration: { returnImmediately: true } })
      const { body } = await rpc.ask('CancelTask', { id })
      await until(async () => /COMPLETED|CANCELED/.test((await rpc.get(id)).status.state))
      const { status, artifacts = [] } = await rpc.get(id)
      if (body.error === undefined) t.equal(status.state, 'TASK_STATE_CANCELED')
      else t.strictSame([status.state, artifacts.length], ['TASK_STATE_COMPLETED', 1])
    }
    await isWell(t)
  })
})

t.test('500 clients that subscribe and vanish', async t => {
  const { app, rpc, readers, isWell } = await serve(t)
  const url = `${await listen(app)}/a2a`
  const { id } = await rpc.send('ask')
  const connections = async () => await new Promise<number>((resolve, reject) => {
    app.server.getConnections((error, count) => { if (error === null) resolve(count); else reject(error) })
  })
  for (let round = 0; round < 5; round++) {
    const streams: SseStream[] = []
    for (let i = 0; i < 100; i++) streams.push(await openStream(url, { method: 'SubscribeToTask', params: { id } }))
    t.equal(readers.size, 100)
    await Promise.all(streams.map((stream, index) => index % 2 === 0 ? stream.cut() : stream.next().then(() => stream.cut())))
    await until(() => readers.size === 0)
  }
  await until(async () => await connections() === 0)
  const last = await openStream(url, { method: 'SubscribeToTask', params: { id } })
  await rpc.send('enough', { message: { taskId: id } })
  t.match(responseOf((await last.all()).at(-1)), { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } })
  await isWell(t)
})

t.test('requests that break off', async t => {
  const { app, isWell } = await serve(t)
  const { port } = new URL(await listen(app))
  for (const text of ['POST /a2a HTTP/1.1\r\n', 'POST /a2a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"jsonrpc"', 'garbage\r\n\r\n', 'POST /a2a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n']) {
    const socket = net.connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.end(text)
    socket.resume()
    await closed(socket)
  }
  await isWell(t)
})

t.test('app.close() in the middle of everything', async t => {
  const { opened, open } = gate()
  let began = 0
  const app = await host(t, agent({
    shutdownGrace: 20,
    cancelGrace: 20,
    executor: async task => {
      began++
      if (task.text === 'ask') return await task.requireInput('?')
      if (task.text === 'deaf') await opened
      if (task.text === 'polite') await stopped(task.signal)
      const text = task.artifactStream()
      while (task.text === 'chatty' && !task.signal.aborted) {
        await text.write('x'.repeat(1000))
        await nextTurn()
      }
    }
  }))
  const rpc = new RpcClient(app)
  const url = `${await listen(app)}/a2a`
  const { id } = await rpc.send('ask')
  const stream = (method: string, params: object) => openStream(url, { method, params })
  const waiting = await stream('SubscribeToTask', { id })
  const blocked = [rpc.ask('SendMessage', sendParams('deaf')), rpc.ask('SendMessage', sendParams('polite')), rpc.ask('SendMessage', sendParams('chatty'))]
  const streams = [await stream('SendStreamingMessage', sendParams('chatty')), await stream('SendStreamingMessage', sendParams('chatty'))]
  await until(() => began === 6)

  const closed = app.close()
  const vanishing = stream('SubscribeToTask', { id }).then(late => late.cut(), () => {})
  await closed
  await vanishing
  for (const { status, body } of await Promise.all(blocked)) {
    t.equal(status, 200)
    t.match(body.result, { task: { status: { state: 'TASK_STATE_FAILED', message: { parts: [{ text: /shut down/ }] } } } })
  }
  for (const each of [...streams, waiting]) t.equal(await each.ended, true, 'every stream has ended as a whole')
  for (const each of streams) {
    const events = await each.all()
    t.strictSame(events.map(({ id }) => Number(id)), events.map((_, index) => index + 1))
    t.match(responseOf(events.at(-1)), { statusUpdate: { status: { state: 'TASK_STATE_FAILED' } } })
  }
  t.equal(app.a2a.agents[0]?.activeTurns, 0)
  open()
})
