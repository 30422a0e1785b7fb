import t from 'tap'
import { exercise } from './exercise.ts'
import { checkReport } from './expected.ts'
import { jsClients } from './js-clients.ts'
import { serve } from './serve.ts'

for (const { client, connect, env, lists } of jsClients) {
  t.test(`@a2a-js/sdk ${client}, agent of ${env.SUT_VERSIONS}`, async t => {
    const official = await connect(await serve(t, env))
    checkReport(t, await exercise(official), { lists })
  })
}
