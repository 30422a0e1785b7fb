/** Canceling what its agent does not offer any more. */
import t from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import type { CardOptions } from '../../lib/agent/options.ts'
import { card, host, stopped } from '../helpers/host.ts'
import { RpcClient, sendParams } from '../helpers/rpc.ts'

t.test('a task whose skill has left the card can still be canceled', async t => {
  let canceled = 0
  const booking = {
    id: 'booking',
    handler: {
      async execute (task: Parameters<Extract<NonNullable<NonNullable<CardOptions['skills']>[number]['handler']>, (...args: never) => unknown>>[0]) {
        if (task.text === 'ask') return await task.requireInput('What else?')
        await task.working()
        await stopped(task.signal)
      },
      cancel: () => { canceled++ }
    }
  }
  let offered: CardOptions = { ...card, skills: [booking, { id: 'other' }] }
  const rpc = new RpcClient(await host(t, { card: () => offered, executor: () => 'other' }))
  const send = async (text: string) => (await rpc.result<{ task: Task }>('SendMessage', sendParams(text, {
    message: { metadata: { skillId: 'booking' } }, configuration: { returnImmediately: true }
  }))).task.id

  const [kept, waiting, running] = [await send('ask'), await send('ask'), await send('stay')]
  t.match(await rpc.result('CancelTask', { id: kept }), { status: { state: 'TASK_STATE_CANCELED' } })
  t.equal(canceled, 1)
  offered = { ...card, skills: [{ id: 'other' }] }
  for (const id of [waiting, running]) t.match(await rpc.result('CancelTask', { id }), { id, status: { state: 'TASK_STATE_CANCELED' } })
  t.equal(canceled, 2, 'the turn that runs has its executor still, the one that waits has none')
  t.match(await rpc.error('CancelTask', { id: waiting }), { code: -32002 })
})
