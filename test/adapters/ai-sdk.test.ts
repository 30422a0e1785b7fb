import { setTimeout as sleep } from 'node:timers/promises'
import { jsonSchema, Output, stepCountIs, streamText, tool, ToolLoopAgent, type ToolSet } from 'ai'
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'
import t from 'tap'
import { fromAiSdk, metadataKey, type FromAiSdkOptions } from '../../lib/adapters/ai-sdk.ts'
import { AgentError, MisuseError } from '../../lib/agent/errors.ts'
import type { Task } from '../../schemas/v1/common.ts'
import { fakeTask, gist, textOf, userMessage, type FakeTask } from './fake-task.ts'

type Result = Awaited<ReturnType<MockLanguageModelV3['doStream']>>
type Chunk = Result['stream'] extends ReadableStream<infer T> ? T : never
type Prompt = MockLanguageModelV3['doStreamCalls'][number]['prompt']

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 10, text: 10, reasoning: undefined }
}

function words (...deltas: string[]): Chunk[] {
  return [{ type: 'text-start', id: 't' }, ...deltas.map(delta => ({ type: 'text-delta' as const, id: 't', delta })), { type: 'text-end', id: 't' }]
}

function call (toolName: string, input: unknown, toolCallId = `call-${toolName}`): Chunk {
  return { type: 'tool-call', toolCallId, toolName, input: JSON.stringify(input) }
}

function finish (unified: 'stop' | 'tool-calls' | 'error' = 'stop'): Chunk {
  return { type: 'finish', usage, finishReason: { unified, raw: undefined } }
}

/** A model that answers its calls with these steps, one after the other. */
function model (steps: Chunk[][], chunkDelayInMs: number | null = null): MockLanguageModelV3 {
  let step = 0
  return new MockLanguageModelV3({
    doStream: async ({ abortSignal }) => {
      const chunks = steps[step++] ?? []
      const stream = simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs })
      return { stream: abortSignal ? stream.pipeThrough(new TransformStream(), { signal: abortSignal }) : stream }
    }
  })
}

/** Roles and texts of what the model was asked. */
function asked (prompt: Prompt | undefined): unknown[] {
  return (prompt ?? []).map(({ role, content }) => [
    role,
    typeof content === 'string' ? content : content.map(part => part.type === 'text' ? part.text : part.type).join('|')
  ])
}

async function run (steps: Chunk[][], { task = fakeTask(), tools = {}, ...options }: FromAiSdkOptions & { task?: FakeTask, tools?: ToolSet } = {}) {
  const mock = model(steps)
  await fromAiSdk(new ToolLoopAgent({ model: mock, tools }), { coalesce: { ms: 0 }, ...options })(task)
  return { task, mock }
}

const lookup = tool({
  inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
  execute: async ({ city }) => `sunny in ${city}`
})

t.test('an agent streams its text', async t => {
  const { task, mock } = await run([[...words('Hel', 'lo ', 'you'), finish()]])
  t.strictSame(gist(task.events), ['WORKING', 'Hel', '+lo ', '+you', '+', 'COMPLETED'])
  t.strictSame(asked(mock.doStreamCalls[0]?.prompt), [['user', 'hello']])
  const { artifacts, status } = task.snapshot()
  t.match(artifacts, [{ artifactId: /^answer-[0-9a-f]{16}$/, name: 'answer', parts: [{ text: 'Hello you' }] }])
  t.equal(status.state, 'TASK_STATE_COMPLETED')
  t.match(task.events.at(-1), { statusUpdate: { metadata: { [metadataKey]: { finishReason: 'stop', usage: { inputTokens: 3, outputTokens: 10 } } } } })
})

t.test('a function that calls streamText', async t => {
  const mock = model([[...words('hi'), finish()]])
  const task = fakeTask()
  await fromAiSdk(({ messages, abortSignal, task: given }) => {
    t.equal(given, task)
    return streamText({ model: mock, messages, abortSignal, system: `You talk to ${given.taskId}` })
  })(task)
  t.equal(textOf(task.snapshot().artifacts?.[0]?.parts), 'hi')
  t.strictSame(asked(mock.doStreamCalls[0]?.prompt), [['system', 'You talk to task-1'], ['user', 'hello']])
})

t.test('what is neither is refused at once', async t => {
  t.throws(() => fromAiSdk({} as never), { code: 'A2A_ERR_OPTIONS' })
  await t.rejects(fromAiSdk((() => ({ text: 'from generateText' })) as never)(fakeTask()) as Promise<void>, { code: 'A2A_ERR_OUTPUT' })
})

t.test('coalescing', async t => {
  const chunksOf = async (coalesce: FromAiSdkOptions['coalesce'], chunks: string[], delay: number | null) => {
    const task = fakeTask()
    await fromAiSdk(new ToolLoopAgent({ model: model([[...words(...chunks), finish()]], delay) }), { coalesce })(task)
    return gist(task.events).slice(1, -1)
  }

  t.strictSame(await chunksOf({ ms: 1_000 }, ['a', 'b', 'c'], null), ['a', '+bc'], 'the first at once, the rest with the end')
  t.strictSame(await chunksOf({ ms: 1_000, bytes: 4 }, ['a', 'ää', 'b', 'c', 'd', 'e', 'f'], null), ['a', '+ää', '+bcde', '+f'], 'by size, in bytes')
  const timed = await chunksOf({ ms: 45 }, Array.from({ length: 12 }, () => 'x'), 15)
  t.ok(timed.length >= 3 && timed.length < 11, `by time: ${timed.join(' ')}`)
  t.equal(timed.join('').replaceAll('+', ''), 'x'.repeat(12))

  const { task } = await run([[...words('I ', 'look'), call('lookup', { city: 'Oslo' }), finish('tool-calls')], [...words('Sunny'), finish()]], {
    coalesce: { ms: 1_000 }, tools: { lookup }, toolUpdates: true
  })
  t.strictSame(gist(task.events), ['WORKING', 'I ', '+look', 'WORKING', '+\n\nSunny', 'COMPLETED'], 'flushed before anything else; blocks are set apart')
})

t.test('a chunk that cannot be written stops the turn', async t => {
  const task = fakeTask()
  const ended = new MisuseError('A2A_ERR_TURN_ENDED', 'over')
  const broken: FakeTask = Object.create(task, {
    artifactStream: { value: () => ({ artifactId: 'a', write: () => { throw ended }, end: async () => { throw ended } }) }
  })
  await t.rejects(run([[...words('a', 'b'), finish()]], { task: broken, coalesce: { ms: 1 } }), ended)
})

t.test('tool updates', async t => {
  const steps = [[call('lookup', { city: 'Oslo' }), finish('tool-calls')], [...words('Sunny'), finish()]]
  const silent = await run(steps, { tools: { lookup } })
  t.strictSame(gist(silent.task.events), ['WORKING', 'Sunny', '+', 'COMPLETED'])

  const worded = await run(steps, { tools: { lookup }, toolUpdates: ({ toolName, input }) => `${toolName} ${JSON.stringify(input)}` })
  t.match(worded.task.events[1], { statusUpdate: { status: { message: { parts: [{ text: 'lookup {"city":"Oslo"}' }] } } } })

  const none = await run(steps, { tools: { lookup }, toolUpdates: () => undefined })
  t.equal(none.task.events.length, silent.task.events.length)
})

t.test('structured output', async t => {
  const output = Output.object({ schema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }) })
  const answer = async (json: string, options: FromAiSdkOptions) => {
    const task = fakeTask()
    await fromAiSdk(new ToolLoopAgent({ model: model([[...words(json), finish()]]), output }), options)(task)
    return task.snapshot()
  }

  const both = await answer('{"city":"Oslo"}', {})
  t.match(both.artifacts, [{ name: 'answer', parts: [{ text: '{"city":"Oslo"}' }] }, { artifactId: /^output-/, name: 'output', parts: [{ data: { city: 'Oslo' } }] }])
  const data = await answer('{"city":"Oslo"}', { structured: true })
  t.strictSame(data.artifacts?.map(({ parts }) => parts), [[{ data: { city: 'Oslo' } }]])
  const text = await answer('{"city":"Oslo"}', { structured: false })
  t.strictSame(text.artifacts?.map(({ name }) => name), ['answer'])
  const bad = await answer('{"city":', { structured: true })
  t.equal(bad.status.state, 'TASK_STATE_FAILED', 'output that does not fit the schema')
})

t.test('a tool call that is the answer', async t => {
  const { task } = await run([[call('done', { city: 'Oslo' }), finish('tool-calls')]], {
    tools: { done: tool({ inputSchema: jsonSchema({ type: 'object' }) }) }, answerTools: ['done']
  })
  t.strictSame(task.snapshot().artifacts?.map(({ parts }) => parts), [[{ data: { city: 'Oslo' } }]])
  t.equal(task.state, 'TASK_STATE_COMPLETED')
})

t.test('files, sources and reasoning', async t => {
  const steps: Chunk[][] = [[
    { type: 'reasoning-start', id: 'r' },
    { type: 'reasoning-delta', id: 'r', delta: 'hmm' },
    { type: 'reasoning-end', id: 'r' },
    ...words('Here'),
    { type: 'file', mediaType: 'image/png', data: 'AAEC' },
    { type: 'file', mediaType: 'image/png', data: new Uint8Array([3]) },
    { type: 'source', sourceType: 'url', id: 's', url: 'https://example.com/', title: 'Example' },
    finish()
  ]]
  const { task } = await run(steps)
  const { artifacts } = task.snapshot()
  t.strictSame(artifacts?.map(({ name, parts }) => [name, parts]), [
    ['answer', [{ text: 'Here' }]],
    ['file', [{ raw: 'AAEC', mediaType: 'image/png' }]],
    ['file', [{ raw: 'Aw==', mediaType: 'image/png' }]]
  ])
  t.match(task.events.at(-1), { statusUpdate: { metadata: { [metadataKey]: { sources: [{ url: 'https://example.com/', title: 'Example' }] } } } })

  const shown = await run(steps, { reasoning: true })
  t.match(shown.task.snapshot().artifacts?.[0], { artifactId: /^reasoning-/, name: 'reasoning', parts: [{ text: 'hmm' }] })
})

t.test('tool approval', async t => {
  const booked: string[] = []
  const book = tool({
    inputSchema: jsonSchema<{ id: string }>({ type: 'object', properties: { id: { type: 'string' } } }),
    needsApproval: true,
    execute: async ({ id }) => { booked.push(id); return `booked ${id}` }
  })
  const firstStep = [...words('I book'), call('book', { id: 'LH1' }, 'c1'), finish('tool-calls')]

  const askedFor = async (step = firstStep, options: FromAiSdkOptions = {}) => {
    const { task } = await run([step], { tools: { book, lookup }, task: fakeTask({ message: 'book it' }), ...options })
    t.equal(task.state, 'TASK_STATE_INPUT_REQUIRED')
    const { metadata, status } = task.snapshot()
    memory = task.memory
    t.ok(memory[metadataKey], 'what the next turn needs is kept with the task')
    t.equal(metadata, undefined, 'and clients do not see it')
    return { snapshot: task.snapshot(), requests: (status.message?.parts ?? []).flatMap(({ data }) => data as { approvalId: string, toolName: string } ?? []), text: status.message?.parts[0]?.text }
  }
  /** The next turn, as on another replica: a new agent, and a task that has been through JSON. */
  let memory: FakeTask['memory'] = {}
  const goOn = async (previous: Task, message: FakeTask['message'], steps: Chunk[][] = [[...words('Done'), finish()]]) => {
    const task = fakeTask({ ...JSON.parse(JSON.stringify({ previous, memory })), message })
    const ran = await run(steps, { tools: { book, lookup }, task })
    memory = task.memory
    return ran
  }
  /** What the model was told of the tool call. */
  const outcome = (mock: MockLanguageModelV3): unknown => mock.doStreamCalls[0]?.prompt.at(-1)?.content.at(-1)

  t.beforeEach(() => { booked.length = 0 })

  t.test('is asked for', async t => {
    const { snapshot, requests, text } = await askedFor()
    t.strictSame(booked, [])
    t.equal(text, 'May book be called?')
    t.match(requests, [{ type: 'tool-approval-request', approvalId: String, toolCallId: 'c1', toolName: 'book', input: { id: 'LH1' } }])
    t.equal(textOf(snapshot.artifacts?.[0]?.parts), 'I book')
    const worded = await askedFor(firstStep, { question: requests => `Really ${requests[0]?.toolName}?` })
    t.equal(worded.text, 'Really book?')
  })

  t.test('is given by a data part', async t => {
    const { snapshot, requests: [request] } = await askedFor()
    const { task, mock } = await goOn(snapshot, userMessage([{ data: { approvalId: request?.approvalId, approved: true } }]))
    t.strictSame(booked, ['LH1'])
    t.strictSame(gist(task.events), ['Done', '+', 'COMPLETED'])
    t.strictSame(asked(mock.doStreamCalls[0]?.prompt), [['user', 'book it'], ['assistant', 'I book|tool-call'], ['tool', 'tool-result']])
    t.match(outcome(mock), { type: 'tool-result', toolCallId: 'c1', output: { value: 'booked LH1' } })
    const { artifacts } = task.snapshot()
    t.strictSame(artifacts?.map(({ parts }) => textOf(parts)), ['I book', 'Done'], 'each turn has its own answer')
    t.equal(task.memory[metadataKey], null, 'nothing is left open')
  })

  t.test('is refused by a data part with a reason', async t => {
    const { snapshot, requests: [request] } = await askedFor()
    const { task, mock } = await goOn(snapshot, userMessage([{ data: { approvalId: request?.approvalId, approved: false, reason: 'too dear' } }]))
    t.strictSame(booked, [])
    t.equal(task.state, 'TASK_STATE_COMPLETED')
    t.match(outcome(mock), { output: { type: 'execution-denied', reason: 'too dear' } })
  })

  t.test('is given and refused by text', async t => {
    for (const yes of ['yes', 'Yes, please!', 'OK.', 'go ahead']) {
      const { snapshot } = await askedFor()
      await goOn(snapshot, userMessage(yes))
      t.equal(booked.length, 1, yes)
      booked.length = 0
    }
    for (const [no, reason] of [['No.', undefined], ['no, take the other', 'no, take the other'], ['yes but two of them', 'yes but two of them'], ['what does it cost?', 'what does it cost?']] as const) {
      const { snapshot } = await askedFor()
      const { mock } = await goOn(snapshot, userMessage(no))
      t.equal(booked.length, 0, no)
      t.match(outcome(mock), { output: { type: 'execution-denied', reason } })
    }
  })

  t.test('several calls may be answered one by one; what runs by itself has run', async t => {
    const step = [call('lookup', { city: 'Oslo' }), call('book', { id: 'A' }, 'a'), call('book', { id: 'B' }, 'b'), finish('tool-calls')]
    const { snapshot, requests } = await askedFor(step)
    t.equal(requests.length, 2)
    const unclear = await goOn(snapshot, userMessage([{ data: { approved: true } }, { data: { approvalId: 'someone-elses', approved: true } }]))
    t.equal(unclear.task.state, 'TASK_STATE_INPUT_REQUIRED', 'which one?')
    const half = await goOn(unclear.task.snapshot(), userMessage([{ data: [{ approvalId: requests[1]?.approvalId, approved: true }] }]))
    t.equal(half.task.state, 'TASK_STATE_INPUT_REQUIRED')
    t.strictSame(booked, [], 'nothing runs before all is answered')
    const whole = await goOn(half.task.snapshot(), userMessage('no'))
    t.strictSame(booked, ['B'])
    t.equal(whole.task.state, 'TASK_STATE_COMPLETED')
    t.equal(JSON.stringify(whole.mock.doStreamCalls[0]?.prompt).includes('sunny in Oslo'), true)
  })

  t.test('one approval may lead to the next', async t => {
    const { snapshot } = await askedFor()
    const second = await goOn(snapshot, userMessage('yes'), [[...words('And'), call('book', { id: 'LH2' }, 'c2'), finish('tool-calls')]])
    t.equal(second.task.state, 'TASK_STATE_INPUT_REQUIRED')
    const third = await goOn(second.task.snapshot(), userMessage('yes'))
    t.strictSame(booked, ['LH1', 'LH2'])
    t.strictSame(asked(third.mock.doStreamCalls[0]?.prompt).map(entry => (entry as string[])[0]), ['user', 'assistant', 'tool', 'assistant', 'tool'])
  })

  t.test('a turn that runs again after a crash asks again, and approves nothing', async t => {
    const { snapshot } = await askedFor()
    const yes = userMessage('yes')
    const second = await goOn(snapshot, yes, [[call('book', { id: 'LH2' }, 'c2'), finish('tool-calls')]])
    const stored = { ...second.task.snapshot(), status: { state: 'TASK_STATE_WORKING' as const } }
    const again = await goOn(stored, yes, [])
    t.equal(again.task.state, 'TASK_STATE_INPUT_REQUIRED')
    t.equal(again.mock.doStreamCalls.length, 0)
    t.strictSame(booked, ['LH1'])
  })

  t.test('other languages', async t => {
    const { snapshot } = await askedFor()
    await run([[...words('Fertig'), finish()]], { tools: { book }, task: fakeTask({ previous: snapshot, memory, message: 'ja' }), approves: text => text === 'ja' })
    t.strictSame(booked, ['LH1'])
  })
})

t.test('a tool without execute waits for the client', async t => {
  const ask = tool({ inputSchema: jsonSchema({ type: 'object' }) })
  const { task: asking } = await run([[call('ask', { question: 'Which?' }, 'c1'), finish('tool-calls')]], { tools: { ask } })
  const snapshot = asking.snapshot()
  t.match(snapshot.status, { state: 'TASK_STATE_INPUT_REQUIRED', message: { parts: [{ text: 'The output of ask is needed.' }, { data: { type: 'tool-call', toolCallId: 'c1', input: { question: 'Which?' } } }] } })
  for (const [message, output] of [
    [userMessage('the red one'), { type: 'text', value: 'the red one' }],
    [userMessage([{ data: { toolCallId: 'c1', output: { colour: 'red' } } }]), { type: 'json', value: { colour: 'red' } }]
  ] as const) {
    const { task, mock } = await run([[...words('ok'), finish()]], { tools: { ask }, task: fakeTask({ previous: snapshot, memory: asking.memory, message }) })
    t.equal(task.state, 'TASK_STATE_COMPLETED')
    t.match(mock.doStreamCalls[0]?.prompt.at(-1), { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', output }] })
  }
})

t.test('cancel stops the model', async t => {
  const task = fakeTask()
  const mock = model([[...words(...Array.from({ length: 100 }, (_, i) => `${i} `)), finish()]], 10)
  const turn = fromAiSdk(new ToolLoopAgent({ model: mock }), { coalesce: { ms: 0 } })(task)
  await sleep(60)
  const reason = new MisuseError('A2A_ERR_CANCELED', 'The task was canceled')
  task.abort(reason)
  await t.rejects(turn as Promise<void>, reason, 'the engine is told why')
  t.equal(mock.doStreamCalls[0]?.abortSignal?.aborted, true)
  t.notMatch(gist(task.events), ['FAILED'])
  const { length } = task.events
  await sleep(50)
  t.equal(task.events.length, length, 'nothing comes afterwards')
})

t.test('errors', async t => {
  const failing = async (chunks: Chunk[], options: FromAiSdkOptions = {}) => {
    const task = fakeTask()
    const mock = model([chunks])
    await fromAiSdk(({ messages }) => streamText({ model: mock, messages, onError () {} }), options)(task)
    t.equal(task.state, 'TASK_STATE_FAILED')
    return { task, text: textOf(task.snapshot().status.message?.parts) }
  }
  const secret = new Error('api key sk-123')

  const { task, text } = await failing([...words('So f'), { type: 'error', error: secret }, finish('error')])
  t.equal(text, 'The agent failed to complete the task')
  t.equal(textOf(task.snapshot().artifacts?.[0]?.parts), 'So f', 'what was said stays')
  t.match(task.logs, [{ level: 'error', object: { err: secret } }])
  t.equal((await failing([{ type: 'error', error: secret }], { errorMessage: 'Try again later' })).text, 'Try again later')
  t.equal((await failing([{ type: 'error', error: secret }], { errorMessage: error => `${error instanceof Error}` })).text, 'true')
  t.equal((await failing([{ type: 'error', error: new AgentError('No such flight') }])).text, 'No such flight')
  await failing([finish('error')])

  const thrown = fakeTask()
  await fromAiSdk(() => { throw secret })(thrown)
  t.equal(thrown.state, 'TASK_STATE_FAILED')

  const timedOut = fakeTask()
  await fromAiSdk(({ messages }) => streamText({ model: model([words('a', 'b')], 50), messages, abortSignal: AbortSignal.timeout(20), onError () {} }))(timedOut)
  t.equal(timedOut.state, 'TASK_STATE_FAILED', 'a stream that the agent itself has cut off')
})

t.test('the conversation of a context', async t => {
  const first = (await run([[...words('Oslo is sunny'), { type: 'file', mediaType: 'image/png', data: 'AAEC' }, finish()]], { task: fakeTask({ message: 'Oslo?' }), reasoning: true })).task.snapshot()
  const foreign: Task = {
    id: 'other',
    status: { state: 'TASK_STATE_COMPLETED', message: { messageId: 's', role: 'ROLE_AGENT', parts: [{ text: 'Bye' }] } },
    history: [userMessage('Q1'), { messageId: 'q', role: 'ROLE_AGENT', parts: [{ text: 'Which?' }] }, userMessage('Q2')],
    artifacts: [{ artifactId: 'x', parts: [{ data: { n: 1 } }] }]
  }
  const failed: Task = { id: 'failed', status: { state: 'TASK_STATE_FAILED', message: { messageId: 'f', role: 'ROLE_AGENT', parts: [{ text: 'It broke' }] } }, history: [userMessage('Q3')] }
  const message = userMessage([
    { text: 'And' },
    { text: '' },
    { raw: 'AAEC', mediaType: 'image/png', filename: 'a.png' },
    { url: 'data:text/plain,hi' },
    { data: { city: 'Bergen' } }
  ])
  const earlier = [{ ...first, id: 'first' }, foreign, failed]

  const { mock } = await run([[...words('rainy'), finish()]], { task: fakeTask({ message, earlier }) })
  const prompt = mock.doStreamCalls[0]?.prompt
  t.strictSame(asked(prompt), [
    ['user', 'Oslo?'], ['assistant', 'Oslo is sunny|file'],
    ['user', 'Q1'], ['assistant', 'Which?'], ['user', 'Q2'], ['assistant', '{"n":1}|Bye'],
    ['user', 'Q3'],
    ['user', 'And|file|data:text/plain,hi|{"city":"Bergen"}']
  ])
  t.match(prompt?.at(-1)?.content[1], { type: 'file', mediaType: 'image/png', filename: 'a.png', data: 'AAEC' })

  const last = await run([[finish()]], { task: fakeTask({ message, earlier }), contextTasks: 1 })
  t.strictSame(asked(last.mock.doStreamCalls[0]?.prompt).length, 2)
  const none = await run([[finish()]], { task: fakeTask({ message, earlier }), contextTasks: 0 })
  t.strictSame(asked(none.mock.doStreamCalls[0]?.prompt).length, 1)
})

t.test('files by URL go to models that take them', async t => {
  const mock = new MockLanguageModelV3({
    supportedUrls: { '*/*': [/^https:/] },
    doStream: async () => ({ stream: simulateReadableStream({ chunks: [...words('seen'), finish()] }) })
  })
  const task = fakeTask({ message: userMessage([{ text: 'What is it?' }, { url: 'https://example.com/a.png', mediaType: 'image/png' }]) })
  await fromAiSdk(new ToolLoopAgent({ model: mock, stopWhen: stepCountIs(1) }), { fileUrls: true })(task)
  t.match(mock.doStreamCalls[0]?.prompt[0]?.content[1], { type: 'file', mediaType: 'image/png', data: new URL('https://example.com/a.png') })

  for (const fileUrls of [undefined, false, ({ hostname }: URL) => hostname === 'cdn.example.com']) {
    const again = fakeTask({ message: task.message })
    await fromAiSdk(new ToolLoopAgent({ model: mock }), { ...fileUrls !== undefined && { fileUrls } })(again)
    t.match(mock.doStreamCalls.at(-1)?.prompt[0]?.content[1], { type: 'text', text: 'https://example.com/a.png' })
  }
})
