import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskContext } from '../../lib/agent/executor.ts'
import { stopped } from '../helpers/host.ts'

/** Between two numbers, in ms. */
const pace = 20

/** `count 20` counts to 20, from where an earlier attempt was stopped; `ask` asks what to do; `stay` works until it is canceled. */
export async function work (task: TaskContext): Promise<void> {
  const [verb, limit] = task.text.split(' ')
  if (verb === 'ask') return await task.requireInput('What shall I do?')
  if (verb === 'stay') return await stopped(task.signal)
  await task.working()
  const counted = textOf(task.task?.artifacts?.[0]).split(' ').length - 1
  for (let i = counted + 1; i <= Number(limit) && !task.signal.aborted; i++) {
    await task.artifact({ artifactId: 'numbers', text: `${i} `, append: true, lastChunk: i === Number(limit) })
    await sleep(pace)
  }
  await task.artifact({ artifactId: 'attempts', data: { attempts: task.attempt } })
}

/** The text of an artifact. */
export function textOf (artifact: { parts: ReadonlyArray<{ text?: string }> } | undefined): string {
  return artifact?.parts.map(({ text = '' }) => text).join('') ?? ''
}

/** What `count` comes to. */
export function numbers (limit: number): string {
  return Array.from({ length: limit }, (_, i) => `${i + 1} `).join('')
}
