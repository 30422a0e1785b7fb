import type { Logger } from './executor.ts'

/** A log that nobody reads. */
export const silent: Logger = { debug () {}, info () {}, warn () {}, error () {}, child: () => silent }
