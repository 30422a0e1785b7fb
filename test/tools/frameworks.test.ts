/** Tools within the frameworks themselves, with mock models, against agents over real sockets. */
import { Agent, RunContext, Runner, Usage, type Model, type ModelRequest, type ModelResponse } from '@openai/agents'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { ToolMessage } from '@langchain/core/messages'
import { stepCountIs, streamText, type ToolSet } from 'ai'
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'
import { expectTypeOf } from 'expect-type'
import t, { type Test } from 'tap'
import { asTools, toAiSdkTools, toOpenAiAgentsTools, type RemoteTool, type ToolProgress, type ToolResult } from '../../lib/tools/index.ts'
import { progressEvent, toLangChainTools } from '../../lib/tools/langchain.ts'
import { stopped } from '../helpers/host.ts'
import { gate, until } from '../helpers/wait.ts'
import { connect, inputSchema, travel } from './agents.ts'

/** An agent that stays at work, and says when that began and ended. */
async function staying (t: Test): Promise<{ tools: RemoteTool[], begun: Promise<void>, ended: Promise<void> }> {
  const begun = gate()
  const ended = gate()
  const agent = await connect(t, {
    executor: async task => {
      await task.working('Staying')
      begun.open()
      await stopped(task.signal)
      ended.open()
    }
  })
  return { tools: asTools(agent), begun: begun.opened, ended: ended.opened }
}

t.test('AI SDK', async t => {
  type Step = Awaited<ReturnType<MockLanguageModelV3['doStream']>>['stream'] extends ReadableStream<infer T> ? T[] : never
  const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined }, outputTokens: { total: 1, text: 1, reasoning: undefined } }
  const call = (toolName: string, input: object): Step => [
    { type: 'tool-call', toolCallId: `call-${toolName}`, toolName, input: JSON.stringify(input) }, { type: 'finish', usage, finishReason: { unified: 'tool-calls', raw: undefined } }
  ]
  const say = (text: string): Step => [
    { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: text }, { type: 'text-end', id: 't' }, { type: 'finish', usage, finishReason: { unified: 'stop', raw: undefined } }
  ]
  const modelOf = (steps: Array<(prompt: string) => Step>) => {
    let step = 0
    return new MockLanguageModelV3({
      doStream: async ({ prompt }) => ({ stream: simulateReadableStream({ chunks: steps[step++]?.(JSON.stringify(prompt)) ?? [], initialDelayInMs: null, chunkDelayInMs: null }) })
    })
  }

  t.test('a model calls a tool, sees the result, and the program sees progress', async t => {
    const heard = gate()
    const tools = toAiSdkTools(asTools(await connect(t, { executor: task => travel(task, heard.opened) })))
    expectTypeOf(tools).toExtend<ToolSet>()
    const model = modelOf([() => call('flight_search', { from: 'BER', to: 'HND' }), () => say('LH1 for 99')])
    const result = streamText({ model, prompt: 'To Tokyo', tools, stopWhen: stepCountIs(3) })
    const outputs: Array<[boolean, unknown]> = []
    for await (const part of result.fullStream) {
      if (part.type !== 'tool-result') continue
      outputs.push([part.preliminary === true, part.output])
      if ((part.output as { progress?: string }).progress === 'Searching 400 airlines') heard.open()
    }
    t.equal(await result.text, 'LH1 for 99')
    t.match(outputs.at(-1), [false, { state: 'TASK_STATE_COMPLETED', text: 'One offer', data: [{ offers: [{ flight: 'LH1' }] }] }])
    t.match(model.doStreamCalls[0]?.tools?.[0], { type: 'function', name: 'flight_search', inputSchema })
    t.match(model.doStreamCalls[1]?.prompt.at(-1), { role: 'tool', content: [{ type: 'tool-result', output: { type: 'text', value: /^One offer\n{"query"/ } }] })
  })

  t.test('a question goes to the model, and it answers', async t => {
    const tools = toAiSdkTools(asTools(await connect(t)))
    const taskId = (prompt: string) => /taskId: \\+"([\w-]+)/.exec(prompt)?.[1] ?? 'none'
    const model = modelOf([() => call('small_talk', { message: 'ask' }), prompt => call('small_talk', { message: 'Ada', taskId: taskId(prompt) }), () => say('ok')])
    const result = streamText({ model, prompt: 'Book', tools, stopWhen: stepCountIs(3) })
    await result.consumeStream()
    const steps = await result.steps
    t.match(steps[0]?.toolResults[0]?.output, { question: 'Who flies?' })
    t.match(steps[1]?.toolResults[0]?.output, { text: 'Done: Ada', taskId: (steps[0]?.toolResults[0]?.output as ToolResult).taskId })
  })

  t.test('what fails is an error for the model, in the words of the agent', async t => {
    const model = modelOf([() => call('small_talk', { message: 'fail' }), () => say('sorry')])
    await streamText({ model, prompt: 'Book', tools: toAiSdkTools(asTools(await connect(t))), stopWhen: stepCountIs(2) }).consumeStream()
    t.match(model.doStreamCalls[1]?.prompt.at(-1), { content: [{ output: { type: 'error-text', value: /No seats/ } }] })
  })

  t.test('abortSignal cancels the task', async t => {
    const { tools, begun, ended } = await staying(t)
    const controller = new AbortController()
    const result = streamText({ model: modelOf([() => call('small_talk', { message: 'stay' })]), prompt: 'Stay', tools: toAiSdkTools(tools), abortSignal: controller.signal })
    void begun.then(() => controller.abort())
    await result.consumeStream()
    await ended
  })

  t.test('who leaves the generator cancels the task; a slow reader gets the latest', async t => {
    const { tools, begun, ended } = await staying(t)
    const tool = toAiSdkTools(tools).small_talk
    const outputs = tool?.execute({ message: 'stay' }, {})
    t.match(await outputs?.next(), { value: { isPreliminary: true } })
    await begun
    await outputs?.return()
    await ended
    const writing = toAiSdkTools(asTools(await connect(t))).small_talk
    const written: unknown[] = []
    for await (const output of writing?.execute({ message: 'write' }, {}) ?? []) written.push(output)
    t.match(written.at(-1), { text: 'Dear Ada, hello', isPreliminary: undefined })
  })

  t.test('ai 5 hands the output over as it is', async t => {
    const tool = toAiSdkTools(asTools(await connect(t))).small_talk
    const outputs = []
    for await (const output of tool?.execute({ message: 'Hello' }, {}) ?? []) outputs.push(output)
    const output = outputs.at(-1)!
    t.strictSame(tool?.toModelOutput(output), { type: 'text', value: `Done: Hello\n[contextId: "${output.contextId}"]` })
    t.strictSame(tool?.toModelOutput({ output }), { type: 'text', value: `Done: Hello\n[contextId: "${output.contextId}"]` })
  })
})

t.test('OpenAI Agents', async t => {
  /** Calls the tool, and then says what it has read. */
  class FakeModel implements Model {
    readonly requests: ModelRequest[] = []
    readonly #calls: Array<[string, object]>

    constructor (...calls: Array<[string, object]>) {
      this.#calls = calls
    }

    async getResponse (request: ModelRequest): Promise<ModelResponse> {
      this.requests.push(request)
      const call = this.#calls.shift()
      const usage = new Usage()
      if (call !== undefined) return { usage, output: [{ type: 'function_call', callId: `call-${call[0]}`, name: call[0], arguments: JSON.stringify(call[1]), status: 'completed' }] }
      return { usage, output: [{ type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: JSON.stringify(request.input) }] }] }
    }

    async * getStreamedResponse () {}
  }

  const runner = new Runner({ tracingDisabled: true })

  t.test('a model calls a tool, and sees the result', async t => {
    const progress: ToolProgress[] = []
    const results: ToolResult[] = []
    const tools = toOpenAiAgentsTools(asTools(await connect(t)), { onProgress: event => { progress.push(event) }, onResult: result => { results.push(result) } })
    const model = new FakeModel(['flight_search', { from: 'BER', to: 'HND' }])
    const { finalOutput } = await runner.run(new Agent({ name: 'Planner', model, tools }), 'To Tokyo')
    t.match(finalOutput, 'One offer')
    t.match(model.requests[0]?.tools[0], { type: 'function', name: 'flight_search', parameters: { ...inputSchema, additionalProperties: true } })
    t.match(results, [{ data: [{ offers: [{ flight: 'LH1' }] }] }])
    t.ok(progress.some(({ message }) => message === 'Searching 400 airlines'))
  })

  t.test('what fails, what is away and what is no JSON is told to the model', async t => {
    const tools = toOpenAiAgentsTools(asTools(await connect(t)))
    const { finalOutput } = await runner.run(new Agent({ name: 'Planner', model: new FakeModel(['small_talk', { message: 'fail' }]), tools }), 'Book')
    t.match(finalOutput, 'No seats')
    t.match(await tools[1]?.invoke(new RunContext(), '{'), 'The input is not JSON')
  })

  t.test('approval stops the run before the call', async t => {
    const tools = toOpenAiAgentsTools(asTools(await connect(t)), { needsApproval: ({ name }) => name === 'small_talk' })
    const result = await runner.run(new Agent({ name: 'Planner', model: new FakeModel(['small_talk', { message: 'Hello' }]), tools }), 'Book')
    t.equal(result.interruptions.length, 1)
    result.state.approve(result.interruptions[0]!)
    t.match((await runner.run(new Agent({ name: 'Planner', model: new FakeModel(), tools }), result.state)).finalOutput, 'Done: Hello')
  })

  t.test('the signal of the run cancels the task', async t => {
    const { tools, begun, ended } = await staying(t)
    const controller = new AbortController()
    const run = runner.run(new Agent({ name: 'Planner', model: new FakeModel(['small_talk', { message: 'stay' }]), tools: toOpenAiAgentsTools(tools) }), 'Stay', { signal: controller.signal })
    void begun.then(() => controller.abort())
    await t.rejects(run)
    await ended
  })
})

t.test('LangChain', async t => {
  const toolsOf = async (t: Test) => {
    const tools = await toLangChainTools(asTools(await connect(t)))
    return Object.fromEntries(tools.map(tool => [tool.name, tool]))
  }

  t.test('a tool call becomes a tool message, with the result as its artifact', async t => {
    const { flight_search: search } = await toolsOf(t)
    const message = await search?.invoke({ type: 'tool_call', id: 'call-1', name: 'flight_search', args: { from: 'BER', to: 'HND' } })
    t.ok(message instanceof ToolMessage)
    t.match(message, { tool_call_id: 'call-1', content: /^One offer/, artifact: { state: 'TASK_STATE_COMPLETED', data: [{ offers: [{ flight: 'LH1' }] }] } })
    await t.rejects(async () => await search?.invoke({ from: 'BER' }), /did not match expected schema/)
  })

  t.test('progress comes as custom events', async t => {
    const { small_talk: talk } = await toolsOf(t)
    const seen: ToolProgress[] = []
    const handler = BaseCallbackHandler.fromMethods({ handleCustomEvent: (name, data) => { if (name === progressEvent) seen.push(data) } })
    t.match(await talk?.invoke({ message: 'write' }, { callbacks: [handler] }), /^Dear Ada, hello\n/)
    // LangChain calls handlers in the background.
    await until(() => seen.at(-1)?.state === 'TASK_STATE_COMPLETED')
    t.ok(seen.some(({ message }) => message === 'Writing'))
  })

  t.test('a question, and its answer', async t => {
    const { small_talk: talk } = await toolsOf(t)
    const asked = await talk?.invoke({ message: 'ask' })
    const [, taskId] = /taskId: "([\w-]+)"/.exec(String(asked)) ?? []
    t.match(await talk?.invoke({ message: 'Ada', taskId }), /^Done: Ada\n/)
  })

  t.test('the signal of the config cancels the task', async t => {
    const { tools, begun, ended } = await staying(t)
    const talk = (await toLangChainTools(tools)).find(({ name }) => name === 'small_talk')
    const controller = new AbortController()
    const call = talk?.invoke({ message: 'stay' }, { signal: controller.signal })
    void begun.then(() => controller.abort(new Error('enough')))
    await t.rejects(async () => await call, /enough/)
    await ended
  })

  t.test('patterns of a foreign schema are not run here', async t => {
    const slow = { type: 'object', properties: { x: { type: 'string', pattern: '^(a+)+$' }, pattern: { type: 'string' } }, patternProperties: { '^(b+)+$': {} } }
    const agent = await connect(t, { card: { name: 'Slow', description: 'Slow', skills: [{ id: 'slow', inputSchema: slow }] }, executor: () => 'done' })
    const [tool] = await toLangChainTools(asTools(agent))
    t.strictSame(tool?.schema.properties, { x: { type: 'string' }, pattern: { type: 'string' }, contextId: (asTools(agent)[0]?.inputSchema.properties as { contextId: unknown }).contextId })
    t.notOk('patternProperties' in (tool?.schema ?? {}))
  })
})
