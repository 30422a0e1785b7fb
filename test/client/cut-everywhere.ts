/** Cuts streams at every byte and prints where what was read was not right; a process of its own, since the hooks of a test make promises slow. */
import { discover } from '../../lib/client/index.ts'
import { brief, card, length, playback, quick, read, tokens, type Kind } from './playback.ts'

const [kind, step] = process.argv.slice(2)
const expected = ['task', 'TASK_STATE_WORKING', ...tokens, 'TASK_STATE_COMPLETED']
const wrong: number[] = []
for (let cut = 0; cut <= length; cut += Number(step)) {
  const { fetch, sends } = playback(kind as Kind, cut % 10 === 0 ? [cut, (cut * 7) % length] : [cut])
  const seen = brief(await read(await discover(card, { ...quick, fetch })))
  if (new Set(sends).size !== 1 || !(kind === 'Last-Event-ID' ? isExact(seen) : isWhole(seen))) wrong.push(cut)
}
process.stdout.write(JSON.stringify({ cuts: Math.floor(length / Number(step)) + 1, wrong }))

function isExact (seen: readonly string[]): boolean {
  return seen.join() === expected.join()
}

/** Chunks that were missed come as one, and a status that was over is not told any more. */
function isWhole (seen: readonly string[]): boolean {
  return seen[0] === 'task' && seen.at(-1) === 'TASK_STATE_COMPLETED' && seen.filter(item => item.startsWith('<')).join('') === tokens.join('') &&
    seen.filter(item => item.startsWith('TASK_STATE')).length <= 2
}
