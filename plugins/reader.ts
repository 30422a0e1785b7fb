import type { FastifyReply } from 'fastify'
import type { StopSignal } from '../lib/task/stop.ts'

/**
 * Whether nobody reads any more. Of a reader who went while hooks were still at work there comes no `close`: it is over.
 * Answers of HTTP/2 have no `destroyed`, only a socket that is gone.
 */
export function isGone ({ raw }: FastifyReply): boolean {
  return raw.destroyed || raw.socket == null
}

/**
 * Waits until a reader has read what waits for it; one that has stalled is cut off, and may resume.
 * @param stall how long it may leave a full buffer, in ms
 * @param gone fires when there is nobody to wait for any more
 */
export function drained ({ raw, log }: FastifyReply, stall: number, gone: StopSignal): Promise<void> {
  return new Promise(resolve => {
    if (gone.aborted) return resolve()
    const stalled = setTimeout(() => {
      log.info({ buffered: raw.writableLength }, 'a reader that does not read is cut off')
      raw.destroy()
    }, stall)
    const done = () => {
      clearTimeout(stalled)
      raw.off('drain', done)
      gone.removeEventListener('abort', done)
      resolve()
    }
    raw.once('drain', done)
    gone.addEventListener('abort', done)
  })
}
