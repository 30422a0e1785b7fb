import type { OutgoingHttpHeaders } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { StreamItem, TaskStream } from '../lib/operations/stream.ts'
import { Members, type Member } from '../lib/task/members.ts'
import { Stop, type StopSignal } from '../lib/task/stop.ts'
import { drained, isGone } from './reader.ts'

export type EventStreamsOptions = {
  /** Between heartbeats, in ms; 0 for none. */
  heartbeat: number
  /** Bytes that may wait for a reader. */
  buffer: number
  /** How long a reader may leave a full buffer, in ms. */
  stall: number
}

/** How a binding frames a stream. */
export type Framing = {
  /** An event as JSON. Default: as A2A 1.0 has it. */
  frame?: ((item: StreamItem) => string) | undefined
  /** What stands around the JSON of each event. Default: nothing. */
  around?: readonly [before: string, after: string]
  /** The last event of a stream that failed. */
  frameError (error: unknown): string
}

const head: OutgoingHttpHeaders = {
  'content-type': 'text/event-stream', connection: 'keep-alive', 'x-accel-buffering': 'no', 'cache-control': 'no-cache, no-transform'
}

/** Bytes that are joined into one write. */
const writeSize = 65_536

/** The open SSE streams of an agent: writes them, keeps them alive, and ends them when the server closes. */
export class EventStreams {
  readonly #options: EventStreamsOptions
  readonly #open = new Members<EventStream>()
  #heartbeat: NodeJS.Timeout | undefined
  #isClosing = false

  constructor (options: EventStreamsOptions) {
    this.#options = options
  }

  /**
   * Writes a stream to its end. What fails before its first event is thrown, as an ordinary error.
   * @param open starts the stream; its signal fires when the reader is gone
   */
  async send (reply: FastifyReply, open: (signal: StopSignal) => Promise<TaskStream>, framing: Framing): Promise<void> {
    const stream = new EventStream(reply, this.#options)
    try {
      await stream.run(open, framing, () => this.#add(stream))
    } finally {
      this.#remove(stream)
    }
  }

  /** Ends all streams: their readers can resume them elsewhere. */
  async close (): Promise<void> {
    // The last events of work that has just ended are on their way to their readers.
    await nextTurn()
    this.#isClosing = true
    for (const stream of this.#open) stream.endForShutdown()
  }

  #add (stream: EventStream): void {
    this.#open.add(stream)
    if (this.#isClosing) stream.endForShutdown()
    const { heartbeat } = this.#options
    if (heartbeat === 0 || this.#heartbeat !== undefined) return
    this.#heartbeat = setInterval(() => {
      for (const open of this.#open) open.beat()
    }, heartbeat)
    this.#heartbeat.unref()
  }

  #remove (stream: EventStream): void {
    this.#open.delete(stream)
    if (this.#open.size > 0) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }
}

class EventStream implements Member {
  place = -1
  readonly #reply: FastifyReply
  readonly #options: EventStreamsOptions
  readonly #gone = new Stop()
  #endsForShutdown = false
  #isQuiet = true

  constructor (reply: FastifyReply, options: EventStreamsOptions) {
    this.#reply = reply
    this.#options = options
  }

  async run (open: (signal: StopSignal) => Promise<TaskStream>, framing: Framing, onBegin: () => void): Promise<void> {
    const { raw } = this.#reply
    this.#reply.sse.onClose(() => this.#gone.stop())
    if (isGone(this.#reply)) this.#gone.stop()
    const stream = await open(this.#gone)
    let next: IteratorResult<readonly StreamItem[], void> | undefined
    try {
      // A failure that shows before the headers are out is still an ordinary error.
      next = await stream.next()
      if (this.#isOver) {
        this.#reply.hijack() // there is nobody to answer
        return
      }
      this.#begin()
      onBegin()
      if (next.done === true) return
      // Node keeps headers back until there is something to send with them.
      if (next.value.length === 0) raw.flushHeaders()
      try {
        while (next.done !== true && !this.#isOver) {
          for (const frames of joined(next.value, framing)) {
            await this.#write(frames)
            if (this.#isOver) break
          }
          if (!this.#isOver) next = await stream.next()
        }
      } catch (error) {
        // A stream that failed must not look as if it had ended well.
        if (!this.#isOver) raw.write(framing.frameError(error))
      }
      if (this.#endsForShutdown) raw.write('retry: 1000\n: the server is shutting down\n\n')
    } finally {
      if (raw.headersSent) raw.end()
      if (next?.done !== true) await stream.return()
    }
  }

  endForShutdown (): void {
    this.#endsForShutdown = true
    this.#gone.stop()
  }

  /** A comment, unless something was written since the last one. */
  beat (): void {
    const { raw } = this.#reply
    if (this.#isQuiet && !this.#isOver && raw.writableLength === 0) raw.write(':\n\n')
    this.#isQuiet = true
  }

  get #isOver (): boolean {
    return this.#gone.aborted
  }

  /** All headers at once: `sse.sendHeaders` sets each of them twice, which takes a twentieth of a stream of 20 chunks. */
  #begin (): void {
    const given = Object.entries(this.#reply.getHeaders())
    // Made of two objects, it would have a shape of its own each time, and mostly there is nothing to add.
    this.#reply.raw.writeHead(200, given.length === 0 ? head : { ...head, ...Object.fromEntries(given), 'cache-control': head['cache-control'] })
  }

  async #write (frames: string): Promise<void> {
    const { raw } = this.#reply
    this.#isQuiet = false
    if (!raw.write(frames) && raw.writableLength > this.#options.buffer) await drained(this.#reply, this.#options.stall, this.#gone)
  }
}

/** Frames as they are written, many at once. */
function * joined (items: readonly StreamItem[], { frame, around: [before, after] = ['', ''] }: Framing): Generator<string, void> {
  const data = `data: ${before}`
  const end = `${after}\n\n`
  let frames = ''
  for (const item of items) {
    if (item.generation !== 0) frames += `id: ${item.generation}\n`
    frames += frame === undefined ? jsonBetween(item, data, end) : data + frame(item) + end
    if (frames.length < writeSize) continue
    yield frames
    frames = ''
  }
  if (frames !== '') yield frames
}

function jsonBetween (item: StreamItem, before: string, after: string): string {
  return item.chunk === undefined ? before + item.json + after : item.chunk.jsonBetween(before, after)
}
