import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const serverCore = '0'
const loadCore = '1'

/** Whether servers and load each have a core of their own. */
export const pinned = availableParallelism() > 1 && hasTaskset()

type Command = readonly [string, ...string[]]

/** The command that runs `command` on the server's core. */
export function onServerCore (command: Command): Command {
  return pinned ? ['taskset', '-c', serverCore, ...command] : command
}

export function onLoadCore (command: Command): Command {
  return pinned ? ['taskset', '-c', loadCore, ...command] : command
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
