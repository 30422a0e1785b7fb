import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const serverCore = '0'
const loadCore = '1'

/** Whether servers and load each have a core of their own. */
export const pinned = availableParallelism() > 1 && hasTaskset()

/** The command that runs `command` on the server's core. */
export function onServerCore (command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return pinned ? ['taskset', '-c', serverCore, ...command] : command
}

/** Keeps this process away from the server's core. */
export function moveToLoadCore (): void {
  if (pinned) execFileSync('taskset', ['-acp', loadCore, String(process.pid)], { stdio: 'ignore' })
}

function hasTaskset (): boolean {
  try {
    execFileSync('taskset', ['-c', `${serverCore},${loadCore}`, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
