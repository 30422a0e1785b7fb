import type { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export type Gate = { readonly opened: Promise<void>, open (): void }

/** Holds whoever awaits `opened`. */
export function gate (): Gate {
  let open = () => {}
  const opened = new Promise<void>(resolve => { open = resolve })
  return { opened, open }
}

/** Waits for a condition that nothing announces. Gives up only when the test does. */
export async function until (condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(2)
}

/** Waits for the end of a connection or a stream, be it a reset. (`once` rejects at an error.) */
export async function closed (emitter: EventEmitter): Promise<void> {
  emitter.on('error', () => {})
  await new Promise<void>(resolve => { emitter.once('close', () => resolve()) })
}
