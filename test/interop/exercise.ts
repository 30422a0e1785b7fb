/** What every official client is put through; exercise.py is the same for those in Python. */

/** What a client shows of a task, of one of its events or of a message: the fields that are there. */
export type Sight = { taskId?: string, contextId?: string, state?: string, text?: string }

/** An official client, with its own names for things taken off. States are those of A2A 0.3. */
export type OfficialClient = {
  /** The name in the card. */
  discover (): Promise<string>
  /** @param task the task that the message goes to */
  send (text: string, task?: Sight): Promise<Sight>
  stream (text: string): AsyncIterable<Sight>
  subscribe (taskId: string): AsyncIterable<Sight>
  get (taskId: string): Promise<Sight>
  cancel (taskId: string): Promise<Sight>
  /** The tasks of a context; absent where the client can't list. */
  list? (contextId: string): Promise<Sight[]>
}

/** What was seen in each exercise. */
export type Report = Record<string, string[]>

export async function exercise (client: OfficialClient): Promise<Report> {
  return {
    discovery: [await client.discover()],
    task: [show(await client.send('tck-artifact-text'))],
    message: [show(await client.send('tck-message-response'))],
    stream: (await all(client.stream('tck-stream-artifact-text'))).map(show),
    ...await followUp(client),
    ...await cancel(client),
    ...await subscription(client),
    errors: [await failure(client.get('no-such-task')), await failure(all(client.subscribe('no-such-task')))]
  }
}

async function followUp (client: OfficialClient): Promise<Report> {
  const first = await client.send('tck-multi-turn')
  const second = await client.send('tck-multi-turn', first)
  const listed = await client.list?.(first.contextId ?? '')
  return { followUp: [first, second].map(show), ...listed !== undefined && { list: listed.map(show) } }
}

async function cancel (client: OfficialClient): Promise<Report> {
  const seen: string[] = []
  let answer: Promise<Sight> | undefined
  for await (const sight of client.stream('tck-cancel')) {
    seen.push(show(sight))
    if (sight.state === 'working') answer = client.cancel(sight.taskId ?? '')
  }
  return { cancel: [...seen, show(await answer ?? {})] }
}

/** Joins a stream in its middle: snapshot and tail together must be what the first reader sees. */
async function subscription (client: OfficialClient): Promise<Report> {
  const first: Sight[] = []
  let second: Promise<Sight[]> | undefined
  for await (const sight of client.stream('sut-stream 6 100')) {
    first.push(sight)
    if (sight.text !== undefined) second ??= all(client.subscribe(sight.taskId ?? ''))
  }
  const later = await second ?? []
  return {
    firstReader: [textOf(first), first.at(-1)?.state ?? ''],
    secondReader: [later[0]?.state ?? '', textOf(later), later.at(-1)?.state ?? '']
  }
}

function show ({ state, text }: Sight): string {
  return [state, text].filter(item => item !== undefined).join(': ')
}

function textOf (sights: Sight[]): string {
  return sights.map(({ text = '' }) => text).join('')
}

async function all (stream: AsyncIterable<Sight>): Promise<Sight[]> {
  const sights: Sight[] = []
  for await (const sight of stream) sights.push(sight)
  return sights
}

async function failure (promise: Promise<unknown>): Promise<string> {
  return await promise.then(() => 'no error', (error: unknown) => String(error))
}
