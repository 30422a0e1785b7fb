/** The official JavaScript clients over HTTP+JSON. The agent has no other binding: what they do, they do over this one. */
import t from 'tap'
import { ClientFactory as ClientFactory1, ClientFactoryOptions as ClientFactoryOptions1 } from '@a2a-js/sdk/client'
import { exercise } from './exercise.ts'
import { checkReport } from './expected.ts'
import { jsClients } from './js-clients.ts'
import { serve } from './serve.ts'

const binding = 'HTTP+JSON'

for (const { client, connect, env, lists } of jsClients) {
  t.test(`@a2a-js/sdk ${client}, agent of ${env.SUT_VERSIONS}`, async t => {
    const official = await connect(await serve(t, { ...env, SUT_BINDINGS: binding }), binding)
    checkReport(t, await exercise(official), { lists })
  })
}

t.test('tenants of @a2a-js/sdk 1.x stand in the path', async t => {
  const url = await serve(t, { SUT_BINDINGS: binding })
  const client = await new ClientFactory1(ClientFactoryOptions1.createFrom(ClientFactoryOptions1.default, { preferredTransports: [binding] })).createFromUrl(url)
  for (const tenant of ['acme', 'v1', 'a b/c:d', 'é', 'message:send']) {
    const sent = await client.sendMessage({
      tenant,
      message: { messageId: 'm', taskId: '', contextId: '', role: 1, parts: [{ content: { $case: 'text', value: 'tck-complete-task' }, metadata: undefined, filename: '', mediaType: '' }], metadata: undefined, extensions: [], referenceTaskIds: [] },
      configuration: undefined,
      metadata: undefined
    })
    if (!('id' in sent)) throw new Error('a task was expected')
    t.equal((await client.getTask({ tenant, id: sent.id })).id, sent.id, tenant)
    await t.rejects(client.getTask({ tenant: '', id: sent.id }), /not found/i, `only ${tenant} has it`)
    const { tasks } = await client.listTasks({ tenant, contextId: '', status: 0, pageToken: '', statusTimestampAfter: undefined })
    t.strictSame(tasks.map(({ id }) => id), [sent.id])
  }
})
