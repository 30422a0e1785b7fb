import type { PushNotification } from './notification.ts'

export type ReadOptions = {
  /** Only those of this task. */
  taskId?: string
  /** Ends the iteration. */
  signal?: AbortSignal
}

/** Notifications as they come, for whoever iterates; each reader gets all of them. */
export interface PushNotifications extends AsyncIterable<PushNotification> {
  read (options?: ReadOptions): AsyncIterable<PushNotification>
}

type Reader = { readonly taskId: string | undefined, readonly queue: PushNotification[], wake: () => void }

/** Who reads notifications, and what each has not read yet. */
export class Readers implements PushNotifications {
  readonly #readers = new Set<Reader>()
  readonly #room: number
  #isClosed = false

  /** @param room notifications that may wait for one reader */
  constructor (room: number) {
    this.#room = room
  }

  /** Whether anybody reads this task's notifications. */
  has (taskId: string): boolean {
    return this.#of(taskId).length > 0
  }

  /** Whether somebody who reads them has fallen behind. */
  isFull (taskId: string): boolean {
    return this.#of(taskId).some(({ queue }) => queue.length >= this.#room)
  }

  publish (notification: PushNotification): void {
    for (const reader of this.#of(notification.taskId)) {
      reader.queue.push(notification)
      reader.wake()
    }
  }

  /** Reads from the call on, not from the first `next()`. */
  read ({ taskId, signal }: ReadOptions = {}): AsyncIterable<PushNotification> {
    const reader: Reader = { taskId, queue: [], wake: () => {} }
    this.#readers.add(reader)
    return this.#iterate(reader, signal)
  }

  [Symbol.asyncIterator] (): AsyncIterator<PushNotification> {
    return this.read()[Symbol.asyncIterator]()
  }

  close (): void {
    this.#isClosed = true
    for (const { wake } of this.#readers) wake()
  }

  #of (taskId: string): Reader[] {
    return [...this.#readers].filter(reader => reader.taskId === undefined || reader.taskId === taskId)
  }

  async * #iterate (reader: Reader, signal: AbortSignal | undefined): AsyncGenerator<PushNotification> {
    const onAbort = () => reader.wake()
    signal?.addEventListener('abort', onAbort)
    try {
      for (;;) {
        const next = reader.queue.shift()
        if (next !== undefined) yield next
        else if (this.#isClosed || signal?.aborted === true) return
        else await new Promise<void>(resolve => { reader.wake = resolve })
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#readers.delete(reader)
    }
  }
}
