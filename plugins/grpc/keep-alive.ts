import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2'

/** Pings connections: one whose client has vanished without a word is ended, and what was read on it. @param interval in ms; 0 for never */
export function keepAlive (server: Http2Server | Http2SecureServer, interval: number): void {
  if (interval === 0) return
  server.on('session', (session: ServerHttp2Session) => {
    let isAnswered = true
    const timer = setInterval(() => {
      if (session.destroyed) return
      if (!isAnswered) return session.destroy()
      isAnswered = false
      session.ping(error => { isAnswered ||= error === null })
    }, interval)
    timer.unref()
    session.once('close', () => clearInterval(timer))
  })
}
