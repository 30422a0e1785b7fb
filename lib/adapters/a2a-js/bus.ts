import { EventEmitter } from 'node:events'
import type { A2aJsEvent, A2aJsEventBus } from './types.ts'

type Events = { event: [A2aJsEvent], finished: [] }

/** Where a bus hands on what is published; beside the listeners, so `removeAllListeners` leaves it alone. */
export type BusSink = { publish (event: A2aJsEvent): void, finished (): void }

/** The SDK's event bus: executors publish on it, and some listen too. */
export class Bus extends EventEmitter<Events> implements A2aJsEventBus {
  readonly #sink: BusSink

  constructor (sink: BusSink) {
    super()
    // The SDK's bus has no limit either.
    this.setMaxListeners(0)
    this.#sink = sink
  }

  publish (event: A2aJsEvent): void {
    this.#sink.publish(event)
    this.emit('event', event)
  }

  finished (): void {
    this.#sink.finished()
    this.emit('finished')
  }
}
