/** The adapters behind the plugin: what a client gets over JSON-RPC. */
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Role, TaskState } from '@a2a-js/sdk'
import { AgentEvent, type AgentExecutor } from '@a2a-js/sdk/server'
import { jsonSchema, tool, ToolLoopAgent, type ToolSet } from 'ai'
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'
import t, { type Test } from 'tap'
import type { Message, Part, StreamResponse, Task } from '../../schemas/v1/common.ts'
import { fromA2aJs } from '../../lib/adapters/a2a-js.ts'
import { fromAiSdk, type FromAiSdkOptions } from '../../lib/adapters/ai-sdk.ts'
import type { Executor } from '../../lib/agent/executor.ts'
import a2a from '../../plugins/a2a.ts'
import { gist, textOf } from './fake-task.ts'

async function host (t: Test, executor: Executor) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(a2a, { card: { name: 'Adapted', description: 'An agent of another kind' }, executor, allowAnonymous: true })
  let id = 0
  const post = async (method: string, params: object) => await app.inject({
    method: 'POST', url: '/a2a', headers: { 'a2a-version': '1.0' }, payload: { jsonrpc: '2.0', id: ++id, method, params }
  })
  const message = (content: string | Part[], more: Partial<Message>) => ({
    messageId: `m${id}`, role: 'ROLE_USER', parts: typeof content === 'string' ? [{ text: content }] : content, ...more
  })
  const call = async (method: string, params: object) => {
    const { result, error } = (await post(method, params)).json()
    if (error !== undefined) throw new Error(JSON.stringify(error))
    return result
  }
  return {
    send: async (content: string | Part[], more: Partial<Message> = {}, configuration = {}): Promise<{ task: Task, message?: Message }> =>
      await call('SendMessage', { message: message(content, more), configuration }),
    stream: async (content: string): Promise<StreamResponse[]> => {
      const { body } = await post('SendStreamingMessage', { message: message(content, {}) })
      return [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string).result)
    },
    get: async (id: string): Promise<Task> => await call('GetTask', { id }),
    cancel: async (id: string): Promise<Task> => await call('CancelTask', { id })
  }
}

t.test('an executor of @a2a-js/sdk', async t => {
  const cancelled = new Set<string>()
  const executor: AgentExecutor = {
    cancelTask: async taskId => { cancelled.add(taskId) },
    async execute ({ taskId, contextId, userMessage, task }, bus) {
      const said = userMessage.parts[0]?.content?.value
      const part = (value: string) => ({ content: { $case: 'text' as const, value }, metadata: undefined, filename: '', mediaType: '' })
      const status = (state: TaskState, value?: string) => bus.publish(AgentEvent.statusUpdate({
        taskId,
        contextId,
        metadata: {},
        status: {
          state,
          timestamp: new Date().toISOString(),
          message: value === undefined
            ? undefined
            : { messageId: crypto.randomUUID(), role: Role.ROLE_AGENT, parts: [part(value)], taskId, contextId, metadata: {}, extensions: [], referenceTaskIds: [] }
        }
      }))
      if (said === 'reply') {
        bus.publish(AgentEvent.message({ messageId: 'r', role: Role.ROLE_AGENT, parts: [part('hi')], taskId, contextId, metadata: {}, extensions: [], referenceTaskIds: [] }))
        return
      }
      bus.publish(AgentEvent.task(task ?? {
        id: taskId, contextId, status: { state: TaskState.TASK_STATE_SUBMITTED, message: undefined, timestamp: undefined }, artifacts: [], history: [userMessage], metadata: {}
      }))
      status(TaskState.TASK_STATE_WORKING, 'Processing')
      if (said === 'throw') throw new Error('secret')
      if (said === 'ask') return status(TaskState.TASK_STATE_INPUT_REQUIRED, 'Which?')
      const steps = said === 'long' ? 100 : 2
      for (let step = 0; step < steps; step++) {
        await sleep(10)
        if (cancelled.has(taskId)) return status(TaskState.TASK_STATE_CANCELED, 'Stopped')
      }
      bus.publish(AgentEvent.artifactUpdate({
        taskId,
        contextId,
        append: false,
        lastChunk: true,
        metadata: {},
        artifact: { artifactId: 'a', name: '', description: '', parts: [part(`You said ${said}`)], metadata: {}, extensions: [] }
      }))
      status(TaskState.TASK_STATE_COMPLETED)
    }
  }
  const agent = await host(t, fromA2aJs(executor, { settle: 50 }))

  const { task } = await agent.send('hello')
  t.equal(task.status.state, 'TASK_STATE_COMPLETED')
  t.equal(textOf(task.artifacts?.[0]?.parts), 'You said hello')
  t.equal(task.history?.length, 1)

  t.strictSame(gist(await agent.stream('hello')), ['task', 'WORKING', 'You said hello', 'COMPLETED'])

  const reply = await agent.send('reply')
  t.match(reply, { message: { parts: [{ text: 'hi' }] } })
  t.notOk(reply.message?.taskId)

  const failed = await agent.send('throw')
  t.equal(failed.task.status.state, 'TASK_STATE_FAILED')
  t.notMatch(JSON.stringify(failed), /secret/)

  const asked = await agent.send('ask')
  t.equal(asked.task.status.state, 'TASK_STATE_INPUT_REQUIRED')
  const answered = await agent.send('this', { taskId: asked.task.id })
  t.equal(answered.task.status.state, 'TASK_STATE_COMPLETED')
  t.strictSame(answered.task.history?.map(({ parts }) => textOf(parts)), ['ask', 'Which?', 'this'])

  const long = await agent.send('long', {}, { returnImmediately: true })
  const canceled = await agent.cancel(long.task.id)
  t.equal(canceled.status.state, 'TASK_STATE_CANCELED')
  t.equal(textOf(canceled.status.message?.parts), 'Stopped', 'the executor had the last word')

  const waiting = await agent.send('ask')
  t.equal((await agent.cancel(waiting.task.id)).status.state, 'TASK_STATE_CANCELED')
})

t.test('an agent of the AI SDK', async t => {
  type Result = Awaited<ReturnType<MockLanguageModelV3['doStream']>>
  type Chunk = Result['stream'] extends ReadableStream<infer T> ? T : never
  const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } }
  const words = (...deltas: string[]): Chunk[] =>
    [{ type: 'text-start', id: 't' }, ...deltas.map(delta => ({ type: 'text-delta' as const, id: 't', delta })), { type: 'text-end', id: 't' }]
  const finish = (unified: 'stop' | 'tool-calls'): Chunk => ({ type: 'finish', usage, finishReason: { unified, raw: undefined } })
  const agentOf = async (t: Test, steps: Chunk[][], options: FromAiSdkOptions = {}, tools: ToolSet = {}, chunkDelayInMs: number | null = null) => {
    const model = new MockLanguageModelV3({
      doStream: async ({ abortSignal }) => ({
        stream: simulateReadableStream({ chunks: steps.shift() ?? [], initialDelayInMs: null, chunkDelayInMs })
          .pipeThrough(new TransformStream(), { signal: abortSignal })
      })
    })
    return { model, agent: await host(t, fromAiSdk(new ToolLoopAgent({ model, tools }), { coalesce: { ms: 0 }, ...options })) }
  }

  t.test('streams, and remembers its context', async t => {
    const { agent, model } = await agentOf(t, [[...words('a', 'b'), finish('stop')], [...words('c'), finish('stop')]])
    const events = await agent.stream('one')
    t.strictSame(gist(events).slice(0, 4), ['task', 'WORKING', 'a', '+b'])
    t.equal(gist(events).at(-1), 'COMPLETED')
    const { contextId } = (events[0] as { task: Task }).task
    await agent.send('two', { contextId })
    t.strictSame(model.doStreamCalls[1]?.prompt.map(({ content }) => (content as { text?: string }[])[0]?.text), ['one', 'ab', 'two'])
  })

  t.test('asks for approval and goes on', async t => {
    const booked: string[] = []
    const book = tool({
      inputSchema: jsonSchema<{ id: string }>({ type: 'object' }), needsApproval: true, execute: async ({ id }) => { booked.push(id); return 'ok' }
    })
    const { agent } = await agentOf(t, [
      [...words('I book'), { type: 'tool-call', toolCallId: 'c', toolName: 'book', input: '{"id":"LH1"}' }, finish('tool-calls')],
      [...words('Booked'), finish('stop')]
    ], {}, { book })
    const { task } = await agent.send('book it')
    t.equal(task.status.state, 'TASK_STATE_INPUT_REQUIRED')
    const { approvalId } = task.status.message?.parts[1]?.data as { approvalId: string }
    const done = await agent.send([{ data: { approvalId, approved: true } }], { taskId: task.id })
    t.equal(done.task.status.state, 'TASK_STATE_COMPLETED')
    t.strictSame(booked, ['LH1'])
    t.strictSame(done.task.artifacts?.map(({ parts }) => textOf(parts)), ['I book', 'Booked'])
  })

  t.test('is canceled', async t => {
    const { agent, model } = await agentOf(t, [[...words(...Array.from({ length: 200 }, () => 'x')), finish('stop')]], {}, {}, 10)
    const { task } = await agent.send('count', {}, { returnImmediately: true })
    await sleep(50)
    t.equal((await agent.cancel(task.id)).status.state, 'TASK_STATE_CANCELED')
    t.equal(model.doStreamCalls[0]?.abortSignal?.aborted, true)
  })
})
