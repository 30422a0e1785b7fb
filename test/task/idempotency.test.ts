/** With `idempotency`, a message that is sent again is not run again. */
import t from 'tap'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { gate, until } from '../helpers/wait.ts'
import { gist, scope, setUp, taskOf, textOf, words } from './agent.ts'

const once = { idempotency: true }

t.test('without the option a message runs again', async t => {
  const { send } = setUp(t, () => 'done')
  const [one, other] = [await send('hello', { messageId: 'm' }), await send('hello', { messageId: 'm' })]
  t.not(one.id, other.id)
})

t.test('again after the end: the first result', async t => {
  let runs = 0
  const { send, stream } = setUp(t, () => `run ${++runs}`, once)
  const first = await send('hello', { messageId: 'm' })
  t.same(await send('hello', { messageId: 'm' }), first)
  t.same(words(await stream('hello', { messageId: 'm' })), ['task COMPLETED'])
  t.equal(runs, 1)
  t.not((await send('hello', { messageId: 'another' })).id, first.id)
})

t.test('again while it runs: both wait for the one', async t => {
  let runs = 0
  const open = gate()
  const { send, stream, agent } = setUp(t, async task => {
    runs++
    await task.working()
    await open.opened
  }, once)
  const sent = [send('hello', { messageId: 'm' }), send('hello', { messageId: 'm' }), send('hello', { messageId: 'm' })]
  const streamed = stream('hello', { messageId: 'm' })
  await until(() => agent.tasks.size > 0)
  open.open()
  const ids = (await Promise.all(sent)).map(({ id }) => id)
  t.equal(new Set(ids).size, 1)
  t.equal(words(await streamed).at(-1), 'COMPLETED')
  t.equal(runs, 1)
})

t.test('a bare message', async t => {
  let runs = 0
  const { exchange, stream } = setUp(t, task => task.reply(`run ${++runs}`), once)
  const texts = []
  for (let i = 0; i < 3; i++) {
    const result = await exchange('hello', { messageId: 'm' })
    texts.push('message' in result && textOf(result.message))
  }
  t.same(texts, ['run 1', 'run 1', 'run 1'])
  t.same(words(await stream('hello', { messageId: 'm' })), ['message run 1'])
})

t.test('the same id with another body is an error', async t => {
  const { send, stream } = setUp(t, () => 'done', once)
  await send('hello', { messageId: 'm' })
  await t.rejects(send('goodbye', { messageId: 'm' }), { name: 'InvalidParamsError', violations: [{ field: 'message.messageId' }] })
  await t.rejects(stream('goodbye', { messageId: 'm' }), { name: 'InvalidParamsError' })
})

t.test('a follow-up again, also when it has ended the task', async t => {
  let runs = 0
  const { send } = setUp(t, async task => {
    runs++
    await (task.task === undefined ? task.requireInput('Which?') : task.complete('Bye'))
  }, once)
  const { id } = await send('hello', { messageId: 'm1' })
  const first = await send('this', { messageId: 'm2', taskId: id })
  t.equal(gist(first).message, 'Bye')
  t.same(await send('this', { messageId: 'm2', taskId: id }), first)
  t.equal(runs, 2)
  await t.rejects(send('new', { messageId: 'm3', taskId: id }), { name: 'UnsupportedOperationError' })
  await t.rejects(send('new', { messageId: 'm3', taskId: id }), { name: 'UnsupportedOperationError' })
})

t.test('a message that was not taken may come again', async t => {
  const open = gate()
  const { start, send, agent } = setUp(t, async task => {
    await task.working()
    await open.opened
  }, { ...once, limits: { turns: 1 } })
  await start('busy')
  await t.rejects(send('hello', { messageId: 'm' }), { name: 'UnavailableError' })
  open.open()
  await until(() => agent.tasks.size === 0)
  t.equal(gist(await send('hello', { messageId: 'm' })).state, 'COMPLETED')
})

t.test('a failed task is a result, too', async t => {
  let runs = 0
  const { send } = setUp(t, () => { throw new Error(`${++runs}`) }, once)
  t.same(await send('hello', { messageId: 'm' }), await send('hello', { messageId: 'm' }))
  t.equal(runs, 1)
})

t.test('each owner has ids of its own', async t => {
  const { agent, call, send } = setUp(t, () => 'done', once)
  const { sendMessage } = await import('../../lib/operations/send.ts')
  const mine = await send('hello', { messageId: 'm' })
  const theirs = taskOf(await sendMessage(agent, { ...call, scope: { ...scope, owner: 'other' } }, { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'goodbye' }] } }))
  t.not(theirs.id, mine.id)
})

t.test('after its time a message runs again', async t => {
  const store = createMemoryStore()
  const { send } = setUp(t, () => 'done', { idempotency: { ttl: 20 }, store })
  const { id } = await send('hello', { messageId: 'm' })
  await until(async () => (await send('hello', { messageId: 'm' })).id !== id)
})
