import t from 'tap'
import { exercise } from './exercise.ts'
import { checkReport } from './expected.ts'
import { jsClient03 } from './js-0.3.ts'
import { jsClient1 } from './js-1.ts'
import { serve } from './serve.ts'

for (const { client, connect, env, lists } of [
  { client: '1.x', connect: jsClient1, env: { SUT_VERSIONS: '1.0' }, lists: true },
  { client: '1.x', connect: jsClient1, env: { SUT_VERSIONS: '1.0,0.3' }, lists: true },
  // Where there is an extended card, this client asks for that one first, and an agent of 0.3 alone wants it to authenticate.
  { client: '0.3.x', connect: jsClient03, env: { SUT_VERSIONS: '0.3', SUT_CAPABILITIES: 'streaming' }, lists: false },
  { client: '0.3.x', connect: jsClient03, env: { SUT_VERSIONS: '1.0,0.3' }, lists: false }
]) {
  t.test(`@a2a-js/sdk ${client}, agent of ${env.SUT_VERSIONS}`, async t => {
    const official = await connect(await serve(t, env))
    checkReport(t, await exercise(official), { lists })
  })
}
