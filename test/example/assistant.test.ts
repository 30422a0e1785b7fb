/** The flight agent with a model in front; the model is the SDK's mock, which says what the test wants. */
import Fastify from 'fastify'
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'
import t, { type Test } from 'tap'
import { assistant } from '../../example-app/flights/assistant.ts'
import a2a from '../../plugins/a2a.ts'
import { agent, closeAfter } from '../helpers/host.ts'
import { RpcClient } from '../helpers/rpc.ts'

type Step = { tool: string, input: object } | string

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined }
}

/** A model that takes one step after the other. */
function modelOf (steps: Step[]): MockLanguageModelV3 {
  return new MockLanguageModelV3({
    doStream: async () => {
      const step = steps.shift() ?? 'Done.'
      const isText = typeof step === 'string'
      return {
        stream: simulateReadableStream({
          chunks: [
            ...isText
              ? [{ type: 'text-start' as const, id: 't' }, { type: 'text-delta' as const, id: 't', delta: step }, { type: 'text-end' as const, id: 't' }]
              : [{ type: 'tool-call' as const, toolCallId: `call-${steps.length}`, toolName: step.tool, input: JSON.stringify(step.input) }],
            { type: 'finish' as const, finishReason: { unified: isText ? 'stop' as const : 'tool-calls' as const, raw: undefined }, usage }
          ]
        })
      }
    }
  })
}

async function client (t: Test, steps: Step[]): Promise<RpcClient> {
  const app = Fastify()
  closeAfter(t, app)
  await app.register(a2a, agent({ executor: assistant(modelOf(steps)) }))
  return new RpcClient(app)
}

t.test('searches, asks the traveller, books and cancels by tools', async t => {
  const steps: Step[] = [
    { tool: 'searchFlights', input: { from: 'Berlin', to: 'Tokyo', date: '2090-03-12' } },
    { tool: 'askTraveller', input: { question: 'Who flies?' } },
    { tool: 'bookFlight', input: { offerId: 'SK180@2090-03-12', name: 'Ada Lovelace', passportNumber: 'C01X00T47' } },
    'You are booked.'
  ]
  const rpc = await client(t, steps)
  const asked = await rpc.send('To Tokyo, please')
  t.equal(asked.status.state, 'TASK_STATE_INPUT_REQUIRED')
  t.match(asked.status.message?.parts[0], { text: 'Who flies?' })
  t.ok(asked.artifacts?.find(({ name }) => name === 'offers')?.parts.length)

  const booked = await rpc.send('Ada Lovelace, C01X00T47', { message: { taskId: asked.id } })
  t.equal(booked.status.state, 'TASK_STATE_COMPLETED')
  const confirmation = booked.artifacts?.find(({ name }) => name === 'confirmation')
  const { locator } = confirmation?.parts[1]?.data as { locator: string } // as the booking writes it
  t.match(booked.artifacts?.find(({ name }) => name === 'answer')?.parts, [{ text: 'You are booked.' }])

  steps.push({ tool: 'cancelBooking', input: { locator } }, 'It is canceled.')
  const canceled = await rpc.send('Cancel it', { message: { contextId: booked.contextId } })
  t.match(canceled.artifacts?.find(({ name }) => name === 'cancellation')?.parts[1]?.data, { locator })
})

t.test('does not book for a passport that is none', async t => {
  const rpc = await client(t, [{ tool: 'bookFlight', input: { offerId: 'SK180@2090-03-12', name: 'Ada Lovelace', passportNumber: '12' } }, 'I need the passport.'])
  const task = await rpc.send('Book')
  t.notOk(task.artifacts?.some(({ name }) => name === 'confirmation'))
})
