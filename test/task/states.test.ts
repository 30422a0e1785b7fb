import t from 'tap'
import { taskStates } from '../../schemas/v1/common.ts'
import { canTransition, isInterrupted, isTerminal, transitions } from '../../lib/task/states.ts'

t.test('terminal states are final', async t => {
  for (const from of ['TASK_STATE_COMPLETED', 'TASK_STATE_FAILED', 'TASK_STATE_CANCELED', 'TASK_STATE_REJECTED'] as const) {
    t.ok(isTerminal(from))
    for (const to of taskStates) t.notOk(canTransition(from, to), `${from} to ${to}`)
  }
})

t.test('nothing returns to SUBMITTED', async t => {
  for (const from of taskStates) t.notOk(transitions[from].includes('TASK_STATE_SUBMITTED'), from)
})

t.test('an open task may reach every other state', async t => {
  for (const from of taskStates.filter(state => !isTerminal(state))) {
    for (const to of taskStates.filter(state => state !== 'TASK_STATE_SUBMITTED')) t.ok(canTransition(from, to), `${from} to ${to}`)
  }
})

t.test('two states wait for the client', async t => {
  t.same(taskStates.filter(isInterrupted), ['TASK_STATE_INPUT_REQUIRED', 'TASK_STATE_AUTH_REQUIRED'])
})
