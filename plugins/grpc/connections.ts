import type { EventEmitter } from 'node:events'
import type { ServerHttp2Session } from 'node:http2'

/** The connections of a server of HTTP/2. One whose client has vanished without a word is ended, and what was read on it. */
export class Connections {
  readonly #open = new Set<ServerHttp2Session>()

  /** @param heartbeat between pings, in ms; 0 for none */
  constructor (server: EventEmitter, heartbeat: number) {
    server.on('session', (session: ServerHttp2Session) => {
      this.#open.add(session)
      const beats = heartbeat === 0 ? undefined : ping(session, heartbeat)
      session.once('close', () => {
        clearInterval(beats)
        this.#open.delete(session)
      })
    })
  }

  /** Takes no more calls; those under way go on. Clients that keep a connection would otherwise keep the server. */
  close (): void {
    for (const session of this.#open) session.close()
  }

  /** Ends what is still under way, too. */
  destroy (): void {
    for (const session of this.#open) session.destroy()
  }
}

function ping (session: ServerHttp2Session, interval: number): NodeJS.Timeout {
  let isAnswered = true
  return setInterval(() => {
    if (session.destroyed) return
    if (!isAnswered) return session.destroy()
    isAnswered = false
    session.ping(error => { isAnswered ||= error === null })
  }, interval).unref()
}
