import { setTimeout as sleep } from 'node:timers/promises'
import type { ArtifactInput, Executor, ProtocolVersion, TaskContext } from '../../lib/index.ts'

/** @param rest what the text says after the prefix */
type Behaviour = (task: TaskContext, rest: string) => Promise<void>

const file: ArtifactInput = { name: 'file', raw: Buffer.from('File content from TCK'), filename: 'output.txt', mediaType: 'text/plain' }

/** How the agent behaves, by the prefix of a message's id or of its text. The longest one counts. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  'tck-complete-task': task => task.complete('Hello from TCK'),
  'tck-input-required': task => task.requireInput('More input is needed'),
  'tck-multi-turn': task => task.task === undefined ? task.requireInput('What else?') : task.complete('That was all'),
  'tck-auth-required': task => task.requireAuth('Sign in at https://example.com/login to let the agent go on'),
  'tck-reject-task': task => task.reject('rejected'),
  'tck-task-failure': task => task.fail('The task has failed, as it was asked to'),
  'tck-message-response': task => task.reply('Direct message response'),

  'tck-artifact-text': task => task.artifact({ text: 'Generated text content' }),
  'tck-artifact-file': task => task.artifact(file),
  'tck-artifact-file-url': task => task.artifact({ url: 'https://example.com/output.txt', filename: 'output.txt', mediaType: 'text/plain' }),
  'tck-artifact-data': task => task.artifact({ data: { key: 'value', count: 42 } }),

  'tck-long-running': async task => {
    await work(task, 5000)
    await task.artifact({ text: 'Long-running work is done' })
  },
  'tck-cancel': task => work(task, untilCanceled),

  'tck-stream-001': streamed({ text: 'Stream hello from TCK' }),
  'tck-stream-002': task => task.complete(),
  'tck-stream-003': streamed({ text: 'Stream task lifecycle' }),
  'tck-stream-ordering-001': streamed({ text: 'Ordered output' }),
  'tck-stream-basic': streamed({ text: 'Streamed content' }),
  'tck-stream-artifact-text': streamed({ text: 'Streamed text content' }),
  'tck-stream-artifact-file': streamed(file),
  'tck-stream-artifact-chunked': task => chunked(task, ['chunk-1 ', 'chunk-2']),
  'tck-stream-chunked': task => chunked(task, ['chunk-1 ', 'chunk-2']),

  'test-resubscribe-message-id': task => work(task, 2 * streamingTimeout()),
  // The suite of 0.3 follows up on its tasks again and again.
  'test-history-message': task => task.requireInput('What else?'),
  'test-update-message-id': task => task.requireInput('What else?'),
  'sdk-test-msg': task => task.requireInput('What else?'),

  'sut-echo': (task, rest) => task.artifact({ text: rest }),
  'sut-echo-keep': async (task, rest) => {
    await task.artifact({ text: rest })
    await task.requireInput('What else?')
  },
  'sut-stream': (task, rest) => {
    const [count = 0, pause = 0] = numbers(rest)
    return chunked(task, Array(count).fill('token '), pause)
  },
  'sut-sleep': (task, rest) => work(task, numbers(rest)[0] ?? 0),
  'sut-stubborn': async (task, rest) => {
    await task.working()
    await sleep(numbers(rest)[0])
  },
  'sut-throw': async () => { throw new Error('db password is hunter2') },
  'sut-large-stream': (task, rest) => chunked(task, Array(numbers(rest)[0] ?? 0).fill('x'.repeat(4096))),
  'sut-large': (task, rest) => task.artifact({ text: 'x'.repeat((numbers(rest)[0] ?? 0) * 1024) }),
  'sut-crash': async (task, rest) => {
    await work(task, numbers(rest)[0] ?? 0)
    process.kill(process.pid, 'SIGKILL')
  }
}

const longestFirst = Object.entries(behaviours).sort(([a], [b]) => b.length - a.length)

/** The executor of the conformance agent. Where a behaviour leaves the task open, it is completed. */
export function conformanceExecutor (versions: readonly ProtocolVersion[]): Executor {
  const otherwise = versions.includes('1.0') ? complete : inputFirst
  return async task => {
    const { messageId, parts } = task.message
    const text = parts.find(part => part.text !== undefined)?.text ?? ''
    const [prefix = '', behave = otherwise] = find(messageId) ?? find(text) ?? []
    await behave(task, text.startsWith(prefix) ? text.slice(prefix.length).trimStart() : text)
  }
}

function find (text: string): [string, Behaviour] | undefined {
  return longestFirst.find(([prefix]) => text.startsWith(prefix))
}

async function complete (task: TaskContext): Promise<void> {
  await task.complete('Done')
}

/** A suite of 0.3 knows no prefixes: it sends something, and follows up on it or cancels it. */
async function inputFirst (task: TaskContext): Promise<void> {
  if (task.task === undefined) await task.requireInput('What else?')
  else await task.complete('Done')
}

function streamed (artifact: ArtifactInput): Behaviour {
  return async task => {
    await task.working()
    await task.artifact(artifact)
  }
}

async function chunked (task: TaskContext, chunks: readonly string[], pause = 0): Promise<void> {
  await task.working()
  const artifact = task.artifactStream()
  for (const chunk of chunks.slice(0, -1)) {
    await artifact.write(chunk)
    if (pause > 0) await sleep(pause, undefined, { signal: task.signal })
  }
  await artifact.end(chunks.at(-1))
}

/** setTimeout takes no more: 24 days. */
const untilCanceled = 2 ** 31 - 1

async function work (task: TaskContext, ms: number): Promise<void> {
  await task.working()
  await sleep(ms, undefined, { signal: task.signal })
}

/** As the suite has it, in seconds. */
function streamingTimeout (): number {
  return Number(process.env.TCK_STREAMING_TIMEOUT ?? 2) * 1000
}

function numbers (text: string): number[] {
  return text.match(/\d+/g)?.map(Number) ?? []
}
