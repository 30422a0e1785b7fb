import { executionAsyncResource } from 'node:async_hooks'

/**
 * One of the objects that `process.nextTick` queues, kept for good. V8 (in Node 20 to 24) forgets the shape of what none lives of when it
 * collects the whole heap, and after a few such collections no longer learns it: `process.nextTick` then takes ten times as long, which is a
 * twentieth of a short request. While there is one, it knows them all.
 */
export let tick: object | undefined

process.nextTick(() => { tick = executionAsyncResource() })
