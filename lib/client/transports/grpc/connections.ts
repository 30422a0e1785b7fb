import type { ClientHttp2Stream, Http2Session } from 'node:http2'
import type { ConnectionOptions } from 'node:tls'
import { Http2SessionManager } from '@connectrpc/connect-node'

/** How long a connection is kept that nobody uses, in ms. */
const unusedFor = 60_000

/** Those of one agent. Closing waits for the calls that are under way; later ones still find a connection, which is theirs alone. */
export class Connections {
  readonly sessions: Http2SessionManager
  #calls = 0
  #isClosing = false

  /** @param silence after which a connection is looked at, in ms; 0 for never */
  constructor ({ origin }: URL, tls: ConnectionOptions, silence: number) {
    const pings = silence === 0 ? {} : { pingIntervalMs: silence }
    this.sessions = new Sessions(origin, { ...pings, idleConnectionTimeoutMs: unusedFor }, tls)
  }

  /** @returns what says that the call is over */
  begin (): () => void {
    this.#calls++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#calls === 0 && this.#isClosing) this.sessions.abort()
    }
  }

  close (): void {
    this.#isClosing = true
    if (this.#calls === 0) this.sessions.abort()
  }
}

/**
 * The manager stops listening to a connection at its first error. One that speaks no HTTP/2 has a second one, which nobody would
 * hear: that ends the process.
 */
class Sessions extends Http2SessionManager {
  readonly #known = new WeakSet<Http2Session>()

  override async request (...parameters: Parameters<Http2SessionManager['request']>): Promise<ClientHttp2Stream> {
    const stream = await super.request(...parameters)
    const { session } = stream
    if (session !== undefined && !this.#known.has(session)) {
      this.#known.add(session)
      session.on('error', () => {})
    }
    return stream
  }
}
