import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { hook, summary } from './hook.ts'

const script = fileURLToPath(new URL('crash-agent.ts', import.meta.url))

t.test('what a process had in hand when it was killed, the next one delivers', async t => {
  const dir = `${t.testdir({})}/data`
  const target = await hook(t, 'hang')
  const first = start(t, dir, target.url)
  const [before] = await target.got(1)
  first.kill('SIGKILL')
  await once(first, 'exit')

  target.answers = [200]
  start(t, dir)
  const received = (await target.got(3)).slice(1)
  t.strictSame(received.map(summary), ['task SUBMITTED', 'COMPLETED'])
  t.equal(received[0]?.headers['x-a2a-notification-id'], before?.headers['x-a2a-notification-id'], 'under the same id')
  t.equal(received[0]?.headers['x-a2a-notification-token'], 'hunter2')
})

function start (t: Test, ...args: string[]) {
  const child = spawn(process.execPath, ['--import=tsx', script, ...args], { stdio: 'inherit' })
  t.teardown(() => { child.kill('SIGKILL') })
  return child
}
