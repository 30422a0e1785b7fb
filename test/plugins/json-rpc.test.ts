/** JSON-RPC in both versions: envelope, versions, validation, errors, and what each operation means. */
import t, { type Test } from 'tap'
import type { AgentCard } from '../../schemas/v1/card.ts'
import type { Message, SendMessageResponse, Task } from '../../schemas/v1/common.ts'
import type { ListTasksResponse } from '../../schemas/v1/requests.ts'
import type { Task as V03Task } from '../../schemas/v0_3/common.ts'
import type { TaskContext } from '../../lib/agent/executor.ts'
import { taskNotFound } from '../../lib/protocol/errors.ts'
import { card, echo, host, listen, logSink, obey, stopped } from '../helpers/host.ts'
import { message, message03, RpcClient, sendParams, type RpcBody } from '../helpers/rpc.ts'
import { storeWith } from '../helpers/stores.ts'
import { gate, until } from '../helpers/wait.ts'

const badRequest = 'type.googleapis.com/google.rpc.BadRequest'
const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo'

t.test('the envelope', async t => {
  const app = await host(t)
  const rpc = new RpcClient(app)
  const post = async (body: string) => await rpc.post(body)

  t.test('an id comes back exactly as it was', async t => {
    const ids = [
      '1', '0', '-1', 'null', '""', '"a"', '"1"', '"\\u00e9 \\ud83d\\ude00 \\" \\\\ <script>"', '1.5', '-0.25', '9007199254740991',
      '9007199254740993', '-9223372036854775808', '18446744073709551615', '0.12345678901234567890', '1e400', '1E+2', `"${'x'.repeat(1000)}"`
    ]
    for (const id of ids) {
      const { status, text } = await post(`{"jsonrpc":"2.0", "params":{"id":"5","a":{"id":7}}, "id" : ${id} ,"method":"GetTask"}`)
      t.equal(status, 200)
      const found = /^\{"jsonrpc":"2\.0","id":(.*),"error"/s.exec(text)?.[1] ?? ''
      if (/^-?\d+$|\.\d{17}|e400/.test(id)) t.equal(found, id)
      else t.strictSame(JSON.parse(found), JSON.parse(id), id)
    }
  })

  t.test('also in errors, as soon as it is known', async t => {
    t.match((await post('{"id":"known","method":"GetTask"}')).body, { id: 'known', error: { code: -32600 } })
    t.match((await post('{"jsonrpc":"2.0","id":5}')).body, { id: 5, error: { code: -32600 } })
    t.match((await post('{"jsonrpc":"2.0","id":18446744073709551615}')).text, /"id":18446744073709551615,/)
    const unsupported = await new RpcClient(app, { version: '99.0' }).ask('GetTask', { id: 'x' })
    t.match(unsupported.body, { id: 1, error: { code: -32009 } })
  })

  t.test('what is no request', async t => {
    const cases: Array<[string, number, RegExp]> = [
      ['', -32700, /Invalid JSON/],
      ['{', -32700, /Invalid JSON/],
      ['{"jsonrpc":"2.0","id":1,"method":"GetTask",}', -32700, /Invalid JSON/],
      ['{"jsonrpc":"2.0","id":1,"method":"GetTask"}}', -32700, /Invalid JSON/],
      ['NaN', -32700, /Invalid JSON/],
      ['\u0000', -32700, /Invalid JSON/],
      ['null', -32600, /JSON object/],
      ['5', -32600, /JSON object/],
      ['"text"', -32600, /JSON object/],
      ['[]', -32600, /[Bb]atch/],
      ['[{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"x"}}]', -32600, /[Bb]atch/],
      ['{}', -32600, /jsonrpc/],
      ['{"jsonrpc":"1.0","id":1,"method":"GetTask"}', -32600, /jsonrpc must be "2\.0"/],
      ['{"jsonrpc":2.0,"id":1,"method":"GetTask"}', -32600, /jsonrpc/],
      ['{"jsonrpc":"2.0","id":1}', -32600, /method/],
      ['{"jsonrpc":"2.0","id":1,"method":5}', -32600, /method/],
      ['{"jsonrpc":"2.0","id":1,"method":""}', -32600, /method/],
      ['{"jsonrpc":"2.0","id":{},"method":"GetTask"}', -32600, /id must be/],
      ['{"jsonrpc":"2.0","id":[1],"method":"GetTask"}', -32600, /id must be/],
      ['{"jsonrpc":"2.0","id":true,"method":"GetTask"}', -32600, /id must be/]
    ]
    for (const [body, code, text] of cases) {
      for (const version of ['1.0', '0.3']) {
        const { status, body: found, headers } = await rpc.post(body, { 'a2a-version': version })
        t.equal(status, 200, body)
        t.match(headers['content-type'], /^application\/json/)
        t.match(found, { jsonrpc: '2.0', error: { code, message: text } }, body)
        if (code === -32700) t.equal(found.id, null)
        t.equal('data' in (found.error ?? {}), version === '1.0', 'details are part of 1.0 alone')
      }
    }
  })

  t.test('unknown methods', async t => {
    for (const method of ['Nope', 'sendMessage', 'constructor', '__proto__', 'rpc.discover', 'x'.repeat(10_000)]) {
      t.match((await rpc.ask(method, {})).body, { id: 1, error: { code: -32601, data: [{ reason: 'METHOD_NOT_FOUND' }] } }, method.slice(0, 20))
    }
  })

  t.test('a request without an id is carried out, and answered only when it fails', async t => {
    const seen: string[] = []
    const app = await host(t, { executor: task => { seen.push(task.text) } })
    const rpc = new RpcClient(app)
    const notify = async (method: string, params: unknown) => await rpc.post(JSON.stringify({ jsonrpc: '2.0', method, params }))
    for (const [method, params] of [['SendMessage', sendParams('one')], ['SendStreamingMessage', sendParams('two')], ['ListTasks', {}]] as const) {
      t.match(await notify(method, params), { status: 204, text: '' }, method)
    }
    await until(() => seen.length === 2)
    t.strictSame(seen, ['one', 'two'])
    for (const [method, code] of [['SendMessage', -32602], ['GetTask', -32602], ['SubscribeToTask', -32602], ['Nope', -32601]] as const) {
      t.match((await notify(method, {})).body, { jsonrpc: '2.0', id: null, error: { code } }, method)
    }
  })
})

t.test('the version of a request', async t => {
  const app = await host(t)
  const ask = async (url: string, headers: Record<string, string>, method = 'GetTask') =>
    (await new RpcClient(app, { url, version: false, headers }).ask(method, { id: 'x' })).body.error

  t.test('in the header or in the query', async t => {
    const cases: Array<[string, Record<string, string>, string, number]> = [
      ['/a2a', { 'a2a-version': '1.0' }, 'GetTask', -32001],
      ['/a2a', { 'a2a-version': '1.0.1' }, 'GetTask', -32001],
      ['/a2a', { 'a2a-version': ' 1.0 ' }, 'GetTask', -32001],
      ['/a2a?A2A-Version=1.0', {}, 'GetTask', -32001],
      ['/a2a/?A2A-Version=1.0.7', {}, 'GetTask', -32001],
      ['/a2a?A2A-Version=0.3', { 'a2a-version': '1.0' }, 'GetTask', -32001],
      ['/a2a', {}, 'tasks/get', -32001],
      ['/a2a', { 'a2a-version': '' }, 'tasks/get', -32001],
      ['/a2a', { 'a2a-version': '0.3' }, 'tasks/get', -32001],
      ['/a2a', { 'a2a-version': '0.3.0' }, 'tasks/get', -32001],
      ['/a2a?A2A-Version=', {}, 'tasks/get', -32001],
      ['/a2a', { 'a2a-version': '99.0' }, 'GetTask', -32009],
      ['/a2a', { 'a2a-version': '1.1' }, 'GetTask', -32009],
      ['/a2a', { 'a2a-version': '1' }, 'GetTask', -32009],
      ['/a2a', { 'a2a-version': '1.0, 0.3' }, 'GetTask', -32009],
      ['/a2a?A2A-Version=0.2', {}, 'tasks/get', -32009],
      ['/a2a?A2A-Version=1.0&A2A-Version=0.3', {}, 'GetTask', -32009]
    ]
    for (const [url, headers, method, code] of cases) {
      t.equal((await ask(url, headers, method))?.code, code, `${url} ${JSON.stringify(headers)}`)
    }
  })

  t.test('one that is not served is told what is', async t => {
    t.match(await ask('/a2a', { 'a2a-version': '99.0' }), {
      message: /99\.0 is not supported; supported: 1\.0, 0\.3/,
      data: [{ '@type': errorInfo, reason: 'VERSION_NOT_SUPPORTED', domain: 'a2a-protocol.org', metadata: { supported: '1.0, 0.3' } }]
    })
    const only = await host(t, { versions: ['1.0'] })
    t.match(await new RpcClient(only, { version: false }).error('tasks/get', { id: 'x' }), { code: -32009, message: /send A2A-Version: 1\.0/ })
  })

  t.test('a method of the other version says which header to send', async t => {
    t.match(await ask('/a2a', {}), { code: -32601, message: /send the header A2A-Version: 1\.0/ })
    t.match(await ask('/a2a', { 'a2a-version': '1.0' }, 'message/send'), { code: -32601, message: /A2A-Version: 0\.3/ })
    const only = await host(t, { versions: ['1.0'] })
    t.notMatch((await new RpcClient(only).error('message/send', {})).message, /0\.3/)
  })

  t.test('an error before the version is known has the form that the caller reads', async t => {
    const malformed = async (url: string, headers: Record<string, string>) =>
      'data' in ((await new RpcClient(app, { url, version: false, headers }).post('{')).body.error ?? {})
    t.equal(await malformed('/a2a', {}), false)
    t.equal(await malformed('/a2a', { 'a2a-version': '0.3' }), false)
    t.equal(await malformed('/a2a', { 'a2a-version': '1.0' }), true)
    t.equal(await malformed('/a2a?A2A-Version=1.0', {}), true)
    t.equal(await malformed('/a2a', { 'a2a-version': '99.0' }), true)
  })
})

t.test('bodies', async t => {
  t.test('content types', async t => {
    const app = await host(t)
    const rpc = new RpcClient(app)
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params: sendParams('Hello') })
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/a2a+json', 'application/json-rpc+json']) {
      t.match((await rpc.post(body, { 'content-type': type })).body.result, { task: {} }, type)
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x', 'json', 'application/jsonp', '*/*']) {
      const { status, body: found, headers } = await rpc.post(body, { 'content-type': type })
      t.equal(status, 200, type)
      t.match(headers['content-type'], /^application\/json/)
      t.match(found, { jsonrpc: '2.0', id: null, error: { code: -32005, message: /application\/json/, data: [{ reason: 'CONTENT_TYPE_NOT_SUPPORTED' }] } }, type)
    }
    const none = await app.inject({ method: 'POST', url: '/a2a', headers: { 'a2a-version': '1.0' }, payload: Buffer.from(body) })
    t.match(none.json<RpcBody>(), { error: { code: -32005 } }, 'none at all')
    const empty = await app.inject({ method: 'POST', url: '/a2a', headers: { 'a2a-version': '1.0', 'content-type': 'application/json' } })
    t.match(empty.json<RpcBody>(), { id: null, error: { code: -32700 } }, 'no body')
  })

  t.test('one that is too large', async t => {
    const app = await host(t, { limits: { bodySize: 1000 } })
    const rpc = new RpcClient(app)
    const params = sendParams('x'.repeat(1000))
    t.match(await rpc.ask('SendMessage', params), { status: 413, body: { jsonrpc: '2.0', id: null, error: { code: -32600, message: /too large/, data: [{ reason: 'INVALID_REQUEST' }] } } })
    t.match(await new RpcClient(app, { version: '0.3' }).ask('message/send', params), { status: 413, body: { error: { code: -32600 } } })

    const url = `${await listen(app)}/a2a`
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
      // No length is announced: the limit is met on the way.
      body: new ReadableStream({ start: controller => { controller.enqueue(Buffer.alloc(2000, 32)); controller.close() } }),
      duplex: 'half'
    } as RequestInit)
    t.equal(response.status, 413)
    t.match(await response.json(), { jsonrpc: '2.0', error: { code: -32600 } })
    t.match(await rpc.send('small'), { status: { state: 'TASK_STATE_COMPLETED' } })
  })

  t.test('names in snake_case are understood; unknown fields are ignored', async t => {
    const rpc = new RpcClient(await host(t))
    const { task } = await rpc.result<{ task: Task }>('SendMessage', {
      message: { message_id: 'snake', role: 'ROLE_USER', parts: [{ text: 'x', media_type: 'text/plain', unknown: 1 }], context_id: 'c', reference_task_ids: [] },
      configuration: { return_immediately: false, history_length: 0, accepted_output_modes: [], more: {} },
      extra: true
    })
    t.equal(task.contextId, 'c')
    t.notOk('history' in task)
  })
})

t.test('params are validated to their leaves', async t => {
  const app = await host(t)
  const part = { text: 'x' }
  const part03 = { kind: 'text', text: 'x' }
  const long = 'x'.repeat(257)

  /** A valid value, and with one thing wrong in it: where, what, and the field that the error names. */
  const wrong = (valid: object, at: string, value: unknown) => {
    const copy = structuredClone(valid) as Record<string, unknown>
    const path = at.split('.')
    const last = path.pop() ?? ''
    let place = copy
    for (const key of path) place = place[key] as Record<string, unknown>
    if (value === undefined) delete place[last]
    else place[last] = value
    return copy
  }

  const send = {
    tenant: 't',
    message: { messageId: 'm', role: 'ROLE_USER', parts: [part, { ...part }], contextId: 'c', metadata: {}, extensions: [], referenceTaskIds: [] },
    configuration: { acceptedOutputModes: [], historyLength: 1, returnImmediately: true, taskPushNotificationConfig: { url: 'https://x.example', authentication: { scheme: 'Bearer' } } },
    metadata: {}
  }
  const sendCases: Array<[string, unknown, string]> = [
    ['message', undefined, 'message'],
    ['message', null, 'message'],
    ['message', 'text', 'message'],
    ['message.messageId', undefined, 'message.messageId'],
    ['message.messageId', '', 'message.messageId'],
    ['message.messageId', 5, 'message.messageId'],
    ['message.messageId', long, 'message.messageId'],
    ['message.role', undefined, 'message.role'],
    ['message.role', 'user', 'message.role'],
    ['message.role', 'ROLE_UNSPECIFIED', 'message.role'],
    ['message.parts', undefined, 'message.parts'],
    ['message.parts', [], 'message.parts'],
    ['message.parts', {}, 'message.parts'],
    ['message.parts.0', 'x', 'message.parts[0]'],
    ['message.parts.0', null, 'message.parts[0]'],
    ['message.parts.0', {}, 'message.parts[0]'],
    ['message.parts.1', { metadata: {} }, 'message.parts[1]'],
    ['message.parts.1', { text: 'x', data: 1 }, 'message.parts[1]'],
    ['message.parts.1', { text: 'x', url: 'https://x.example', raw: '' }, 'message.parts[1]'],
    ['message.parts.0.text', 5, 'message.parts[0].text'],
    ['message.parts.0', { raw: '%%%' }, 'message.parts[0].raw'],
    ['message.parts.0', { raw: 5 }, 'message.parts[0].raw'],
    ['message.parts.0', { url: 'not a url' }, 'message.parts[0].url'],
    ['message.parts.0', { url: `https://x.example/${'x'.repeat(9000)}` }, 'message.parts[0].url'],
    ['message.parts.0.metadata', [], 'message.parts[0].metadata'],
    ['message.parts.0.filename', {}, 'message.parts[0].filename'],
    ['message.parts.0.mediaType', 5, 'message.parts[0].mediaType'],
    ['message.contextId', 5, 'message.contextId'],
    ['message.contextId', long, 'message.contextId'],
    ['message.taskId', {}, 'message.taskId'],
    ['message.metadata', 'x', 'message.metadata'],
    ['message.metadata', [], 'message.metadata'],
    ['message.extensions', 'x', 'message.extensions'],
    ['message.extensions', [5], 'message.extensions[0]'],
    ['message.extensions', Array(101).fill('urn:x'), 'message.extensions'],
    ['message.referenceTaskIds', ['a', ''], 'message.referenceTaskIds[1]'],
    ['message.referenceTaskIds', Array(101).fill('x'), 'message.referenceTaskIds'],
    ['configuration', 5, 'configuration'],
    ['configuration.acceptedOutputModes', 'text/plain', 'configuration.acceptedOutputModes'],
    ['configuration.acceptedOutputModes', [null], 'configuration.acceptedOutputModes[0]'],
    ['configuration.historyLength', -1, 'configuration.historyLength'],
    ['configuration.historyLength', 1.5, 'configuration.historyLength'],
    ['configuration.historyLength', '5', 'configuration.historyLength'],
    ['configuration.historyLength', 2 ** 31, 'configuration.historyLength'],
    ['configuration.returnImmediately', 'true', 'configuration.returnImmediately'],
    ['configuration.taskPushNotificationConfig', [], 'configuration.taskPushNotificationConfig'],
    ['configuration.taskPushNotificationConfig.url', undefined, 'configuration.taskPushNotificationConfig.url'],
    ['configuration.taskPushNotificationConfig.url', 'nowhere', 'configuration.taskPushNotificationConfig.url'],
    ['configuration.taskPushNotificationConfig.authentication', { scheme: '' }, 'configuration.taskPushNotificationConfig.authentication.scheme'],
    ['metadata', 5, 'metadata'],
    ['tenant', 5, 'tenant']
  ]
  const idCases: Array<[string, unknown, string]> = [
    ['id', undefined, 'id'], ['id', '', 'id'], ['id', 5, 'id'], ['id', null, 'id'], ['id', {}, 'id'], ['id', long, 'id']
  ]
  const history: Array<[string, unknown, string]> = [
    ['historyLength', -1, 'historyLength'], ['historyLength', '1', 'historyLength'], ['historyLength', 0.5, 'historyLength'], ['historyLength', 2 ** 31, 'historyLength']
  ]
  const list: Array<[string, unknown, string]> = [
    ...history,
    ['contextId', 5, 'contextId'],
    ['status', 'DONE', 'status'],
    ['status', 5, 'status'],
    ['pageSize', 0, 'pageSize'],
    ['pageSize', 101, 'pageSize'],
    ['pageSize', -5, 'pageSize'],
    ['pageSize', '50', 'pageSize'],
    ['pageToken', 5, 'pageToken'],
    ['pageToken', 'x'.repeat(5000), 'pageToken'],
    ['statusTimestampAfter', 'yesterday', 'statusTimestampAfter'],
    ['statusTimestampAfter', '2026-02-30T00:00:00Z', 'statusTimestampAfter'],
    ['statusTimestampAfter', 1700000000, 'statusTimestampAfter'],
    ['includeArtifacts', 'yes', 'includeArtifacts']
  ]
  const pushCases: Array<[string, unknown, string]> = [
    ['taskId', undefined, 'taskId'], ['taskId', 5, 'taskId'], ['url', undefined, 'url'], ['url', '/path', 'url'], ['id', 5, 'id'], ['token', 5, 'token'],
    ['authentication', 'x', 'authentication'], ['authentication', {}, 'authentication.scheme'], ['authentication', { scheme: 'Bearer', credentials: 5 }, 'authentication.credentials']
  ]
  const pushIds: Array<[string, unknown, string]> = [['taskId', undefined, 'taskId'], ['taskId', 5, 'taskId'], ['id', undefined, 'id'], ['id', 5, 'id']]

  const v1: Array<[string, object, Array<[string, unknown, string]>]> = [
    ['SendMessage', send, sendCases],
    ['SendStreamingMessage', send, sendCases],
    ['GetTask', { id: 'x', historyLength: 1, tenant: 't' }, [...idCases, ...history, ['tenant', 5, 'tenant']]],
    ['ListTasks', { pageSize: 5 }, list],
    ['CancelTask', { id: 'x', metadata: {} }, [...idCases, ['metadata', 5, 'metadata']]],
    ['SubscribeToTask', { id: 'x' }, idCases],
    ['CreateTaskPushNotificationConfig', { taskId: 'x', id: 'p', url: 'https://x.example' }, pushCases],
    ['GetTaskPushNotificationConfig', { taskId: 'x', id: 'p' }, pushIds],
    ['DeleteTaskPushNotificationConfig', { taskId: 'x', id: 'p' }, pushIds],
    ['ListTaskPushNotificationConfigs', { taskId: 'x', pageSize: 1 }, [['taskId', undefined, 'taskId'], ['pageSize', -1, 'pageSize'], ['pageSize', 101, 'pageSize'], ['pageToken', 5, 'pageToken']]],
    ['GetExtendedAgentCard', { tenant: 't' }, [['tenant', 5, 'tenant']]]
  ]
  t.test('1.0', async t => {
    const rpc = new RpcClient(app)
    for (const [method, valid, cases] of v1) {
      t.not((await rpc.ask(method, valid)).body.error?.code, -32602, `${method} as it should be`)
      for (const [at, value, field] of cases) {
        const { status, body, headers } = await rpc.ask(method, wrong(valid, at, value))
        const name = `${method} ${at} = ${JSON.stringify(value)?.slice(0, 60)}`
        t.equal(status, 200, name)
        t.match(headers['content-type'], /^application\/json/, name)
        t.match(body.error, { code: -32602, message: /^Invalid parameters: / }, name)
        const [violation, info] = body.error?.data ?? []
        t.match(violation, { '@type': badRequest, fieldViolations: [{ field, description: /\w/ }] }, name)
        t.match(info, { '@type': errorInfo, reason: 'INVALID_PARAMS', domain: 'a2a-protocol.org' }, name)
      }
    }
  })

  const send03 = {
    message: { kind: 'message', messageId: 'm', role: 'user', parts: [part03, { ...part03 }], contextId: 'c', metadata: {}, extensions: [], referenceTaskIds: [] },
    configuration: { acceptedOutputModes: [], historyLength: 1, blocking: false, pushNotificationConfig: { url: 'https://x.example', authentication: { schemes: ['Bearer'] } } },
    metadata: {}
  }
  const sendCases03: Array<[string, unknown, string]> = [
    ['message', undefined, 'message'],
    ['message.kind', 'task', 'message.kind'],
    ['message.messageId', undefined, 'message.messageId'],
    ['message.messageId', 5, 'message.messageId'],
    ['message.role', 'ROLE_USER', 'message.role'],
    ['message.role', undefined, 'message.role'],
    ['message.parts', [], 'message.parts'],
    ['message.parts', 'x', 'message.parts'],
    ['message.parts.0', 'x', 'message.parts[0]'],
    ['message.parts.0', { text: 'x' }, 'message.parts[0].kind'],
    ['message.parts.0', { kind: 'image' }, 'message.parts[0].kind'],
    ['message.parts.1', { kind: 'text' }, 'message.parts[1].text'],
    ['message.parts.1.text', 5, 'message.parts[1].text'],
    ['message.parts.0', { kind: 'data', data: 'x' }, 'message.parts[0].data'],
    ['message.parts.0', { kind: 'data' }, 'message.parts[0].data'],
    ['message.parts.0', { kind: 'file' }, 'message.parts[0].file'],
    ['message.parts.0', { kind: 'file', file: {} }, 'message.parts[0].file'],
    ['message.parts.0', { kind: 'file', file: { bytes: 'AAAA', uri: 'https://x.example' } }, 'message.parts[0].file'],
    ['message.parts.0', { kind: 'file', file: { bytes: '%%' } }, 'message.parts[0].file.bytes'],
    ['message.parts.0', { kind: 'file', file: { uri: 'nowhere' } }, 'message.parts[0].file.uri'],
    ['message.parts.0.metadata', 5, 'message.parts[0].metadata'],
    ['message.contextId', 5, 'message.contextId'],
    ['message.taskId', 5, 'message.taskId'],
    ['message.metadata', 5, 'message.metadata'],
    ['message.referenceTaskIds', [5], 'message.referenceTaskIds[0]'],
    ['configuration', 5, 'configuration'],
    ['configuration.acceptedOutputModes', [5], 'configuration.acceptedOutputModes[0]'],
    ['configuration.historyLength', -1, 'configuration.historyLength'],
    ['configuration.historyLength', '5', 'configuration.historyLength'],
    ['configuration.blocking', 'yes', 'configuration.blocking'],
    ['configuration.pushNotificationConfig', {}, 'configuration.pushNotificationConfig.url'],
    ['configuration.pushNotificationConfig.authentication', {}, 'configuration.pushNotificationConfig.authentication.schemes'],
    ['metadata', 5, 'metadata']
  ]
  const v03: Array<[string, object, Array<[string, unknown, string]>]> = [
    ['message/send', send03, sendCases03],
    ['message/stream', send03, sendCases03],
    ['tasks/get', { id: 'x', historyLength: 1 }, [...idCases, ...history, ['metadata', 5, 'metadata']]],
    ['tasks/list', { pageSize: 5 }, list],
    ['tasks/cancel', { id: 'x' }, [...idCases, ['metadata', 5, 'metadata']]],
    ['tasks/resubscribe', { id: 'x' }, idCases],
    ['tasks/pushNotificationConfig/set', { taskId: 'x', pushNotificationConfig: { url: 'https://x.example' } }, [
      ['taskId', undefined, 'taskId'], ['pushNotificationConfig', undefined, 'pushNotificationConfig'], ['pushNotificationConfig.url', 'x', 'pushNotificationConfig.url']
    ]],
    ['tasks/pushNotificationConfig/get', { id: 'x' }, [...idCases, ['pushNotificationConfigId', 5, 'pushNotificationConfigId']]],
    ['tasks/pushNotificationConfig/list', { id: 'x' }, idCases],
    ['tasks/pushNotificationConfig/delete', { id: 'x', pushNotificationConfigId: 'p' }, [...idCases, ['pushNotificationConfigId', undefined, 'pushNotificationConfigId']]]
  ]
  t.test('0.3', async t => {
    const rpc = new RpcClient(app, { version: '0.3' })
    for (const [method, valid, cases] of v03) {
      t.not((await rpc.ask(method, valid)).body.error?.code, -32602, `${method} as it should be`)
      for (const [at, value, field] of cases) {
        const { body } = await rpc.ask(method, wrong(valid, at, value))
        const name = `${method} ${at} = ${JSON.stringify(value)?.slice(0, 60)}`
        t.equal(body.error?.code, -32602, name)
        t.ok(body.error?.message.startsWith(`Invalid parameters: ${field} `), `${name}: ${body.error?.message}`)
        t.notOk('data' in (body.error ?? {}), '0.3 has plain errors')
      }
    }
  })

  t.test('params themselves', async t => {
    for (const params of [undefined, null, [], 'x', 5, { '': 'x' }]) {
      for (const method of ['SendMessage', 'GetTask', 'CancelTask']) t.equal((await new RpcClient(app).error(method, params)).code, -32602, `${method} ${JSON.stringify(params)}`)
      for (const method of ['message/send', 'tasks/get', 'tasks/cancel']) t.equal((await new RpcClient(app, { version: '0.3' }).error(method, params)).code, -32602, `${method} ${JSON.stringify(params)}`)
    }
    for (const params of [[], 'x', 5]) t.equal((await new RpcClient(app).error('ListTasks', params)).code, -32602, JSON.stringify(params))
    t.match(await new RpcClient(app).result('ListTasks'), { tasks: [], totalSize: 0, pageSize: 50, nextPageToken: '' })
  })

  t.test('nothing has run', async t => t.match(await new RpcClient(app).result('ListTasks'), { totalSize: 0 }))
})

t.test('errors say what is meant for the client, and nothing else', async t => {
  t.test('A2A errors carry their ErrorInfo in 1.0 and are plain in 0.3', async t => {
    const app = await host(t)
    t.strictSame(await new RpcClient(app).error('GetTask', { id: 'lost' }), {
      code: -32001, message: 'Task not found', data: [{ '@type': errorInfo, reason: 'TASK_NOT_FOUND', domain: 'a2a-protocol.org', metadata: { taskId: 'lost' } }]
    })
    t.strictSame(await new RpcClient(app, { version: '0.3' }).error('tasks/get', { id: 'lost' }), { code: -32001, message: 'Task not found' })
  })

  t.test('an internal fault is told to the log alone', async t => {
    const secret = () => { throw new Error('password hunter2 at /srv/agent/db.ts') }
    const reject = async () => secret()
    const faults = {
      get: storeWith({ get: reject }),
      list: storeWith({ list: reject }),
      create: storeWith({ create: reject }),
      route: undefined
    }
    for (const [name, store] of Object.entries(faults)) {
      const logger = logSink()
      const app = await host(t, { store, route: name === 'route' ? secret : undefined, server: { logger } })
      for (const [version, method, params] of [
        ['1.0', name === 'get' ? 'GetTask' : name === 'list' ? 'ListTasks' : 'SendMessage', name === 'get' ? { id: 'x' } : name === 'list' ? {} : sendParams('x')],
        ['0.3', name === 'get' ? 'tasks/get' : name === 'list' ? 'tasks/list' : 'message/send', name === 'get' ? { id: 'x' } : name === 'list' ? {} : { message: message03('x') }]
      ] as const) {
        const { status, text, body, headers } = await new RpcClient(app, { version }).ask(method, params)
        t.equal(status, 200, name)
        t.match(headers['content-type'], /^application\/json/, name)
        t.match(body, { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } }, name)
        t.notMatch(text, /hunter2|\.ts|stack|Error:/, name)
      }
      t.ok(logger.lines.some(line => JSON.stringify(line).includes('hunter2')), `${name}: the log knows`)
    }
  })

  t.test('an error of the protocol that a store throws keeps its meaning', async t => {
    const app = await host(t, { store: storeWith({ get: async (_scope, id) => { throw taskNotFound(id) } }) })
    t.match(await new RpcClient(app).error('GetTask', { id: 'x' }), { code: -32001 })
  })
})

t.test('sending', async t => {
  t.test('waits for the end of the work', async t => {
    const { opened, open } = gate()
    const app = await host(t, {
      executor: async task => {
        await task.working('busy')
        await opened
        return 'done'
      }
    })
    const answer = new RpcClient(app).send('x')
    await until(() => app.a2a.agents[0]?.activeTurns === 1)
    open()
    t.match(await answer, { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'done' }] }] })
  })

  t.test('or for the moment at which the agent needs its client', async t => {
    const rpc = new RpcClient(await host(t, {
      executor: async task => {
        if (task.text === 'auth') await task.requireAuth('Who are you?')
        else await task.requireInput('What?')
      }
    }))
    t.match((await rpc.send('x')).status, { state: 'TASK_STATE_INPUT_REQUIRED', message: { role: 'ROLE_AGENT', parts: [{ text: 'What?' }] } })
    t.match((await rpc.send('auth')).status, { state: 'TASK_STATE_AUTH_REQUIRED' })
  })

  t.test('or not at all', async t => {
    const { opened, open } = gate()
    const app = await host(t, {
      executor: async task => {
        await task.working('busy')
        await opened
        return 'done'
      }
    })
    const rpc = new RpcClient(app)
    const rpc03 = new RpcClient(app, { version: '0.3' })
    const task = await rpc.send('x', { configuration: { returnImmediately: true } })
    t.match(task.status.state, /SUBMITTED|WORKING/)
    const task03 = await rpc03.result<V03Task>('message/send', { message: message03('x'), configuration: { blocking: false } })
    t.match(task03, { kind: 'task', status: { state: /submitted|working/ } })
    const waiting = rpc03.result<V03Task>('message/send', { message: message03('x'), configuration: { blocking: true } })
    open()
    t.match(await waiting, { kind: 'task', status: { state: 'completed' } })
    await until(async () => (await rpc.get(task.id)).status.state === 'TASK_STATE_COMPLETED')
    await until(async () => (await rpc.get(task03.id)).status.state === 'TASK_STATE_COMPLETED')
  })

  t.test('may be answered by a bare message', async t => {
    const app = await host(t, { executor: obey })
    const rpc = new RpcClient(app)
    const result = await rpc.result<{ message: Message }>('SendMessage', sendParams('reply', { message: { contextId: 'mine' } }))
    t.match(result, { message: { role: 'ROLE_AGENT', contextId: 'mine', parts: [{ text: 'Just a message' }], messageId: /./ } })
    t.notOk('taskId' in result.message)
    t.match(await rpc.result('SendMessage', sendParams('reply', { configuration: { returnImmediately: true } })), { message: {} })
    t.match(await new RpcClient(app, { version: '0.3' }).result('message/send', { message: message03('reply') }), { kind: 'message', role: 'agent', parts: [{ kind: 'text' }] })
    t.match(await rpc.result('ListTasks'), { totalSize: 0 }, 'nothing is kept')
    const waiting = await rpc.send('ask')
    t.match(await rpc.send('reply', { message: { taskId: waiting.id } }), { id: waiting.id, status: { state: 'TASK_STATE_COMPLETED', message: { parts: [{ text: 'Just a message' }] } } })
  })

  t.test('tells the executor what the client takes', async t => {
    const seen: Array<Pick<TaskContext, 'acceptedOutputModes' | 'metadata' | 'text' | 'contextId' | 'taskId'>> = []
    const app = await host(t, { executor: ({ acceptedOutputModes, metadata, text, contextId, taskId }) => { seen.push({ acceptedOutputModes, metadata, text, contextId, taskId }) } })
    const task = await new RpcClient(app).send('one', { configuration: { acceptedOutputModes: ['image/png', 'text/*'] }, metadata: { trip: 1 } })
    t.match(seen[0], { acceptedOutputModes: ['image/png', 'text/*'], metadata: { trip: 1 }, text: 'one', contextId: task.contextId, taskId: task.id })
    await new RpcClient(app, { version: '0.3' }).result('message/send', { message: message03('two'), configuration: { acceptedOutputModes: ['audio/wav'] }, metadata: { trip: 2 } })
    t.match(seen[1], { acceptedOutputModes: ['audio/wav'], metadata: { trip: 2 }, text: 'two' })
    await new RpcClient(app).send('three')
    t.match(seen[2], { acceptedOutputModes: [], metadata: {} })
  })

  t.test('contexts', async t => {
    const rpc = new RpcClient(await host(t, { executor: obey }))
    const own = await rpc.send('ask')
    t.match(own.contextId, /^[\w-]{36}$/, 'one is made where none is given')
    const given = await rpc.send('x', { message: { contextId: 'mine' } })
    t.equal(given.contextId, 'mine', 'one that is given is kept')
    t.equal(given.history?.[0]?.contextId, 'mine')
    t.equal(given.history?.[0]?.taskId, given.id)

    const next = await rpc.send('go on', { message: { taskId: own.id } })
    t.equal(next.id, own.id)
    t.equal(next.contextId, own.contextId, 'a task knows its context')
    const other = await rpc.send('ask')
    t.match(await rpc.error('SendMessage', sendParams('x', { message: { taskId: other.id, contextId: 'another' } })), {
      code: -32602, data: [{ fieldViolations: [{ field: 'message.contextId' }] }]
    })
    t.equal((await rpc.send('x', { message: { taskId: other.id, contextId: other.contextId } })).status.state, 'TASK_STATE_COMPLETED')
  })

  t.test('to a task that takes no messages', async t => {
    const app = await host(t)
    const rpc = new RpcClient(app)
    const rpc03 = new RpcClient(app, { version: '0.3' })
    const { id } = await rpc.send('x')
    for (const method of ['SendMessage', 'SendStreamingMessage']) {
      t.match(await rpc.error(method, sendParams('x', { message: { taskId: 'unknown' } })), { code: -32001, data: [{ reason: 'TASK_NOT_FOUND' }] })
      t.match(await rpc.error(method, sendParams('x', { message: { taskId: id } })), { code: -32004, data: [{ reason: 'UNSUPPORTED_OPERATION', metadata: { taskId: id } }] })
    }
    for (const method of ['message/send', 'message/stream']) {
      t.equal((await rpc03.error(method, { message: message03('x', { taskId: 'unknown' }) })).code, -32001)
      t.equal((await rpc03.error(method, { message: message03('x', { taskId: id }) })).code, -32004)
    }
    t.strictSame((await rpc.get(id)).history?.length, 1, 'nothing was added to it')
  })

  t.test('only users send', async t => {
    const rpc = new RpcClient(await host(t))
    t.match(await rpc.error('SendMessage', sendParams('x', { message: { role: 'ROLE_AGENT' } })), { code: -32602, data: [{ fieldViolations: [{ field: 'message.role' }] }] })
  })

  t.test('media types that the agent does not take', async t => {
    const app = await host(t, { card: { ...card, defaultInputModes: ['text/plain'] } })
    t.match(await new RpcClient(app).error('SendMessage', sendParams([{ text: 'x' }, { data: { a: 1 } }])), {
      code: -32005, message: /message\.parts\[1\]/, data: [{ reason: 'CONTENT_TYPE_NOT_SUPPORTED', metadata: { field: 'message.parts[1]' } }]
    })
    t.equal((await new RpcClient(app, { version: '0.3' }).error('message/send', { message: { ...message03(''), parts: [{ kind: 'data', data: {} }] } })).code, -32005)
  })

  t.test('an extension that the agent requires', async t => {
    const extensions = [{ uri: 'https://x.example/required', required: true }, { uri: 'https://x.example/optional' }]
    const seen: unknown[] = []
    const app = await host(t, { card: { ...card, extensions }, executor: task => { seen.push(task.extensions) } })
    const rpc = new RpcClient(app)
    t.match(await rpc.error('SendMessage', sendParams('x')), { code: -32008, message: /https:\/\/x\.example\/required/, data: [{ reason: 'EXTENSION_SUPPORT_REQUIRED' }] })
    t.equal((await rpc.error('SendStreamingMessage', sendParams('x'))).code, -32008)
    t.equal((await new RpcClient(app, { version: '0.3' }).error('message/send', { message: message03('x') })).code, -32008)
    await rpc.result('SendMessage', sendParams('x'), { 'a2a-extensions': 'https://x.example/unknown, https://x.example/required' })
    await rpc.result('SendMessage', sendParams('x'), { 'x-a2a-extensions': 'https://x.example/required,https://x.example/optional' })
    t.strictSame(seen, [['https://x.example/required'], ['https://x.example/required', 'https://x.example/optional']])
  })
})

t.test('history', async t => {
  /** A task of three turns; its history is u1, question, u2, question, u3. */
  const conversation = async (t: Test) => {
    const app = await host(t, { executor: async task => { await task.requireInput(`after ${task.text}`) } })
    const rpc = new RpcClient(app)
    const { id } = await rpc.send('u1')
    await rpc.send('u2', { message: { taskId: id } })
    return { app, rpc, rpc03: new RpcClient(app, { version: '0.3' }), id }
  }
  const texts = ({ history }: Pick<Task | V03Task, 'history'>) => history?.map(({ parts: [part] }) => part !== undefined && 'text' in part ? part.text : undefined)

  t.test('at most as much as the client asks for, in all four places', async t => {
    const { rpc, id } = await conversation(t)
    const all = ['u1', 'after u1', 'u2']
    const expected: Array<[number | undefined, string[] | undefined]> = [[undefined, all], [0, undefined], [1, ['u2']], [2, ['after u1', 'u2']], [50, all]]
    for (const [historyLength, texted] of expected) {
      t.strictSame(texts(await rpc.result<Task>('GetTask', { id, historyLength })), texted, `get ${historyLength}`)
      const { tasks: [listed] } = await rpc.result<{ tasks: Task[] }>('ListTasks', { historyLength })
      t.strictSame(listed && texts(listed), texted, `list ${historyLength}`)
    }
    t.notOk('history' in await rpc.result<Task>('GetTask', { id, historyLength: 0 }), 'none is absent, not empty')
    for (const [historyLength, texted] of [[1, ['u3']], [0, undefined]] as const) {
      const { rpc, id } = await conversation(t)
      t.strictSame(texts(await rpc.send('u3', { message: { taskId: id }, configuration: { historyLength } })), texted, `send ${historyLength}`)
      const [first] = await rpc.stream<{ task: Task }>('SendStreamingMessage', sendParams('u4', { message: { taskId: id }, configuration: { historyLength } }))
      t.strictSame(first && texts(first.task), texted && ['u4'], `stream ${historyLength}`)
    }
    const [fresh] = await rpc.stream<{ task: Task }>('SendStreamingMessage', sendParams('new', { configuration: { historyLength: 0 } }))
    t.notOk('history' in (fresh?.task ?? {}), 'also at the start of a new task')
  })

  t.test('in 0.3', async t => {
    const { rpc03, id } = await conversation(t)
    t.strictSame(texts(await rpc03.result('tasks/get', { id, historyLength: 1 })), ['u2'])
    t.strictSame(texts(await rpc03.result('tasks/get', { id, historyLength: 0 })), undefined)
    t.strictSame(texts(await rpc03.result('tasks/get', { id })), ['u1', 'after u1', 'u2'])
    const { tasks } = await rpc03.result<{ tasks: V03Task[] }>('tasks/list', { historyLength: 1 })
    t.strictSame(tasks.map(({ history }) => history?.length), [1])
    t.strictSame(texts(await rpc03.result('message/send', { message: message03('u3', { taskId: id }), configuration: { historyLength: 1 } })), ['u3'])
    const [first] = await rpc03.stream<V03Task>('message/stream', { message: message03('u4', { taskId: id }), configuration: { historyLength: 2 } })
    t.strictSame(first && texts(first), ['after u3', 'u4'])
  })
})

t.test('cancelling', async t => {
  const app = await host(t, { executor: obey })
  const rpc = new RpcClient(app)
  const rpc03 = new RpcClient(app, { version: '0.3' })
  const stay = async () => await rpc.send('stay', { configuration: { returnImmediately: true } })

  t.test('a task at work, and one that waits', async t => {
    t.match(await rpc.result('CancelTask', { id: (await stay()).id }), { status: { state: 'TASK_STATE_CANCELED', timestamp: /Z$/ } })
    t.match(await rpc.result('CancelTask', { id: (await rpc.send('ask')).id }), { status: { state: 'TASK_STATE_CANCELED' } })
    t.match(await rpc03.result('tasks/cancel', { id: (await stay()).id }), { kind: 'task', status: { state: 'canceled' } })
  })

  t.test('what is over or unknown', async t => {
    const { id } = await rpc.send('x')
    t.match(await rpc.error('CancelTask', { id }), { code: -32002, data: [{ reason: 'TASK_NOT_CANCELABLE', metadata: { taskId: id, state: 'TASK_STATE_COMPLETED' } }] })
    t.equal((await rpc03.error('tasks/cancel', { id })).code, -32002)
    t.match(await rpc.error('CancelTask', { id: 'unknown' }), { code: -32001 })
    t.equal((await rpc03.error('tasks/cancel', { id: 'unknown' })).code, -32001)
  })
})

t.test('listing', async t => {
  const app = await host(t, { executor: obey })
  const rpc = new RpcClient(app)
  const list = async (params: object) => await rpc.result<ListTasksResponse>('ListTasks', params)
  const ids: string[] = []
  for (let i = 0; i < 12; i++) {
    const { id } = await rpc.send(i % 3 === 0 ? 'ask' : `answer ${i}`, { message: { contextId: `c${i % 2}` } })
    ids.unshift(id)
  }

  t.test('newest first, with totals', async t => {
    const page = await list({})
    t.strictSame(page.tasks.map(({ id }) => id), ids)
    t.match(page, { totalSize: 12, pageSize: 50, nextPageToken: '' })
    t.match(await list({ pageSize: 5 }), { totalSize: 12, pageSize: 5, nextPageToken: /./, tasks: { length: 5 } })
  })

  t.test('filters', async t => {
    const count = async (params: object) => {
      const { tasks, totalSize } = await list(params)
      t.equal(tasks.length, totalSize)
      return totalSize
    }
    t.equal(await count({ contextId: 'c0' }), 6)
    t.equal(await count({ contextId: 'nowhere' }), 0)
    t.equal(await count({ status: 'TASK_STATE_INPUT_REQUIRED' }), 4)
    t.equal(await count({ status: 'TASK_STATE_COMPLETED' }), 8)
    t.equal(await count({ status: 'TASK_STATE_FAILED' }), 0)
    t.equal(await count({ status: 'TASK_STATE_UNSPECIFIED' }), 12, 'which is "not set"')
    t.equal(await count({ contextId: 'c0', status: 'TASK_STATE_INPUT_REQUIRED' }), 2)
    t.equal(await count({ statusTimestampAfter: '2000-01-01T00:00:00Z' }), 12)
    t.equal(await count({ statusTimestampAfter: '2100-01-01T00:00:00+02:00' }), 0)
    const middle = (await list({})).tasks[5]?.status.timestamp ?? ''
    for (const { status } of (await list({ statusTimestampAfter: middle })).tasks) t.ok((status.timestamp ?? '') >= middle)
  })

  t.test('artifacts on request', async t => {
    const { tasks: without } = await list({ status: 'TASK_STATE_COMPLETED' })
    for (const task of without) t.notOk('artifacts' in task)
    const { tasks: included } = await list({ status: 'TASK_STATE_COMPLETED', includeArtifacts: true })
    for (const task of included) t.match(task.artifacts, [{ parts: [{ text: /^answer/ }] }])
  })

  t.test('pages hold together while tasks change', async t => {
    const walk = async (pageSize: number, between: () => Promise<unknown> = async () => {}) => {
      const found: string[] = []
      let pageToken = ''
      do {
        const page = await list({ pageSize, ...pageToken !== '' && { pageToken } })
        found.push(...page.tasks.map(({ id }) => id))
        pageToken = page.nextPageToken
        await between()
      } while (pageToken !== '')
      return found
    }
    t.strictSame(await walk(5), ids)
    t.strictSame(await walk(12), ids)
    t.strictSame(await walk(1), ids)
    const fresh: string[] = []
    const seen = await walk(5, async () => { fresh.push((await rpc.send('more')).id) })
    t.strictSame(seen, ids, 'what is new does not push anything onto the next page')
    t.equal(new Set(seen).size, seen.length)
    ids.unshift(...fresh.reverse())
    t.strictSame(await walk(100), ids)
  })

  t.test('tokens that are not ours', async t => {
    const { nextPageToken } = await list({ pageSize: 2, contextId: 'c0' })
    const bad = ['x', '%%%', 'AAAAAAAAAAAAAA', Buffer.from('{}').toString('base64url'), `${nextPageToken}A`.replace(/^./, 'z'), Buffer.from('12345678.1; DROP TABLE tasks').toString('base64url')]
    for (const pageToken of bad) {
      t.match(await rpc.error('ListTasks', { pageToken, contextId: 'c0' }), { code: -32602, data: [{ fieldViolations: [{ field: 'pageToken' }] }] }, pageToken)
    }
    t.match(await rpc.error('ListTasks', { pageToken: nextPageToken }), { code: -32602, data: [{ fieldViolations: [{ field: 'pageToken', description: /another filter/ }] }] })
    t.equal((await list({ pageToken: nextPageToken, contextId: 'c0', pageSize: 3 })).tasks.length, 3, 'a page may have another size')
  })

  t.test('in 0.3', async t => {
    const rpc03 = new RpcClient(app, { version: '0.3' })
    const { tasks, totalSize } = await rpc03.result<{ tasks: V03Task[], totalSize: number }>('tasks/list', { status: 'input-required', pageSize: 1 })
    t.equal(totalSize, 4)
    t.match(tasks, [{ kind: 'task', status: { state: 'input-required' } }])
  })
})

t.test('what this agent does not do', async t => {
  const app = await host(t, { capabilities: { streaming: false }, executor: obey })
  const rpc = new RpcClient(app)
  const rpc03 = new RpcClient(app, { version: '0.3' })
  const { id } = await rpc.send('ask')

  t.test('push notifications', async t => {
    const v1: Array<[string, object]> = [
      ['CreateTaskPushNotificationConfig', { taskId: id, url: 'https://x.example' }],
      ['GetTaskPushNotificationConfig', { taskId: id, id: 'p' }],
      ['ListTaskPushNotificationConfigs', { taskId: id }],
      ['DeleteTaskPushNotificationConfig', { taskId: id, id: 'p' }],
      ['SendMessage', sendParams('x', { configuration: { taskPushNotificationConfig: { url: 'https://x.example' } } })]
    ]
    for (const [method, params] of v1) t.match(await rpc.error(method, params), { code: -32003, data: [{ reason: 'PUSH_NOTIFICATION_NOT_SUPPORTED' }] }, method)
    const v03: Array<[string, object]> = [
      ['tasks/pushNotificationConfig/set', { taskId: id, pushNotificationConfig: { url: 'https://x.example' } }],
      ['tasks/pushNotificationConfig/get', { id }],
      ['tasks/pushNotificationConfig/list', { id }],
      ['tasks/pushNotificationConfig/delete', { id, pushNotificationConfigId: 'p' }],
      ['message/send', { message: message03('x'), configuration: { pushNotificationConfig: { url: 'https://x.example' } } }]
    ]
    for (const [method, params] of v03) t.strictSame(await rpc03.error(method, params), { code: -32003, message: 'Push notifications are not supported' }, method)
    t.match(await rpc.result('ListTasks'), { totalSize: 1 }, 'and the messages did not run')
  })

  t.test('streams, where they are off', async t => {
    t.match(await rpc.error('SendStreamingMessage', sendParams('x')), { code: -32004 })
    t.match(await rpc.error('SubscribeToTask', { id }), { code: -32004 })
    t.match(await rpc03.error('message/stream', { message: message03('x') }), { code: -32004 })
    t.match(await rpc03.error('tasks/resubscribe', { id }), { code: -32004 })
    t.equal((await app.inject('/.well-known/agent-card.json')).json<AgentCard>().capabilities.streaming, false)
  })
})

t.test('idempotency, where it is on', async t => {
  let runs = 0
  const app = await host(t, { idempotency: true, executor: async task => { runs++; return await obey(task) } })
  const rpc = new RpcClient(app)
  const params = { message: message('once', { messageId: 'same' }) }
  const [first, second] = await Promise.all([rpc.result<{ task: Task }>('SendMessage', params), rpc.result<{ task: Task }>('SendMessage', params)])
  t.equal(first.task.id, second.task.id)
  t.equal((await rpc.result<{ task: Task }>('SendMessage', params)).task.id, first.task.id)
  t.equal(runs, 1)
  t.match(await rpc.error('SendMessage', { message: message('other', { messageId: 'same' }) }), { code: -32602, data: [{ fieldViolations: [{ field: 'message.messageId' }] }] })
  const off = new RpcClient(await host(t, { executor: echo }))
  const results = [await off.result<SendMessageResponse>('SendMessage', params), await off.result<SendMessageResponse>('SendMessage', params)]
  t.equal(new Set(results.map(result => 'task' in result ? result.task.id : '')).size, 2, 'off by default: the same id may come for many tasks')
})

t.test('a message for a task at work is its next turn', async t => {
  const texts: string[] = []
  const { opened, open } = gate()
  const app = await host(t, {
    executor: async task => {
      texts.push(task.text)
      if (task.text === 'first') await opened
      if (task.text === 'last') return 'done'
      await task.requireInput('more?')
    }
  })
  const rpc = new RpcClient(app)
  const { id } = await rpc.send('first', { configuration: { returnImmediately: true } })
  const second = rpc.send('second', { message: { taskId: id } })
  const third = rpc.send('last', { message: { taskId: id } })
  await until(() => app.a2a.agents[0]?.activeTurns === 3)
  t.strictSame(texts, ['first'])
  open()
  t.match(await third, { status: { state: 'TASK_STATE_COMPLETED' } })
  t.match(await second, { id })
  t.strictSame(texts, ['first', 'second', 'last'])
})

t.test('closing', async t => {
  const app = await host(t, { executor: async task => { await task.working(); await stopped(task.signal) }, server: { return503OnClosing: false } })
  const rpc = new RpcClient(app)
  await rpc.send('x', { configuration: { returnImmediately: true } })
  const closed = app.close()
  t.match(await rpc.ask('SendMessage', sendParams('late')), { status: 503, headers: { 'retry-after': '1' }, body: { jsonrpc: '2.0', id: 1, error: { code: -32050, data: [{ retryDelay: '1s' }, { reason: 'UNAVAILABLE' }] } } })
  await closed
})
