/** The official JavaScript clients over gRPC. The agent has no other binding: what they do, they do over this one. */
import t from 'tap'
import { exercise } from './exercise.ts'
import { checkReport } from './expected.ts'
import { jsClients } from './js-clients.ts'
import { serve } from './serve.ts'

for (const { client, connect, env, lists } of jsClients) {
  t.test(`@a2a-js/sdk ${client}, agent of ${env.SUT_VERSIONS}`, async t => {
    const official = await connect(await serve(t, { ...env, SUT_BINDINGS: 'GRPC' }), 'GRPC')
    checkReport(t, await exercise(official), { lists })
  })
}
