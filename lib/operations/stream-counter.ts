import { Stop, type StopSignal } from '../task/stop.ts'
import { ClientCounter } from './client-counter.ts'

/** Bounds the open streams of each client. */
export class StreamCounter extends ClientCounter {
  readonly #closing = new Stop()

  constructor (limit: number) {
    super(limit, 'streams of this client are open already')
  }

  /** Stops when the server closes: for requests that wait. */
  get closing (): StopSignal {
    return this.#closing
  }

  close (): void {
    this.#closing.stop()
  }
}
