import t from 'tap'
import type { Message, Part } from '../../schemas/v1/common.ts'
import { resolveOptions, type AgentOptions, type CardOptions } from '../../lib/agent/options.ts'
import { checkInput, checkOutput, chooseSkill, type SkillRequest } from '../../lib/agent/skills.ts'
import { resolveCard } from '../../lib/agent/resolved-card.ts'

const base: CardOptions = { name: 'Flight agent', description: 'Searches and books flights' }
const executor = async () => 'agent'
const search = async () => 'search'
const book = async () => 'book'

function message (parts: Part[] = [{ text: 'hi' }], metadata?: Record<string, unknown>): Message {
  return { messageId: 'm1', role: 'ROLE_USER', parts, ...metadata && { metadata } }
}

async function choose (options: AgentOptions, request: Partial<SkillRequest> = {}) {
  const settings = resolveOptions(options)
  return chooseSkill(settings, await settings.card(), { message: message(), metadata: {}, principal: undefined, tenant: undefined, ...request })
}

const two = { ...base, skills: [{ id: 'search', handler: search }, { id: 'book', handler: book }] }

t.test('the message names its skill', async t => {
  t.match(await choose({ card: two }, { message: message(undefined, { skillId: 'book' }) }), { skillId: 'book', executor: book })
  t.match(await choose({ card: two }, { metadata: { skillId: 'book' } }), { skillId: 'book' }, 'or the request does')
  t.match(await choose({ card: two }, { message: message(undefined, { skillId: 'search' }), metadata: { skillId: 'book' } }), { skillId: 'search', executor: search }, 'the message comes first')
  t.match(await choose({ card: two, route: () => 'search' }, { metadata: { skillId: 'book' } }), { skillId: 'book' }, 'route is not asked')
})

t.test('a skill that does not exist is refused, and those that exist are named', async t => {
  await t.rejects(choose({ card: two }, { message: message(undefined, { skillId: 'fly' }) }), {
    name: 'InvalidParamsError',
    violations: [{ field: 'message.metadata.skillId', description: 'names no skill of this agent; there are search, book' }]
  })
  await t.rejects(choose({ card: two }, { metadata: { skillId: 'fly' } }), { name: 'InvalidParamsError', violations: [{ field: 'metadata.skillId' }] })
  for (const skillId of [7, null, ['search']]) {
    await t.rejects(choose({ card: two }, { message: message(undefined, { skillId }) }), {
      name: 'InvalidParamsError', violations: [{ field: 'message.metadata.skillId', description: 'must be a string' }]
    })
  }
})

t.test('a skill that nobody serves is refused', async t => {
  const card = () => ({ ...base, skills: [{ id: 'search', handler: search }, { id: 'orphan' }] })
  await t.rejects(choose({ card }, { message: message(undefined, { skillId: 'orphan' }) }), {
    name: 'InvalidParamsError',
    violations: [{ field: 'message.metadata.skillId', description: 'names a skill that nobody serves; there are search' }]
  })
})

t.test('route decides where the message does not', async t => {
  const seen: unknown[] = []
  const route = async (input: object) => { seen.push(Object.keys(input)); return 'book' }
  t.match(await choose({ card: two, route, executor }), { skillId: 'book', executor: book })
  t.same(seen, [['message', 'metadata', 'principal', 'tenant']])
  t.match(await choose({ card: two, route: () => undefined, executor }), { skillId: undefined, executor }, 'or leaves it open')
})

t.test('a route to nowhere is an internal error whose cause says what is wrong', async t => {
  await t.rejects(choose({ card: two, route: () => 'fly' }), {
    name: 'InternalError',
    message: 'Internal error',
    cause: { code: 'A2A_ERR_OPTIONS', message: 'a2a options: route answered "fly", which is no skill of the card; there are search, book' }
  })
})

t.test('the only skill serves', async t => {
  t.match(await choose({ card: { ...base, skills: [{ id: 'search' }] }, executor }), { skillId: 'search', executor })
  t.match(await choose({ card: base, executor }), { skillId: 'agent', executor }, 'also the one that was not declared')
  t.match(await choose({ card: base, executor }, { metadata: { skillId: 'agent' } }), { skillId: 'agent' })
})

t.test('the one skill that takes the message serves', async t => {
  const card = {
    ...base,
    skills: [
      { id: 'ocr', inputModes: ['image/*'] },
      { id: 'chat', inputModes: ['text/plain'] },
      { id: 'from', inputModes: ['application/json'], inputSchema: { required: ['from'] } },
      { id: 'to', inputModes: ['application/json'], inputSchema: { required: ['to'] } }
    ]
  }
  const skillFor = async (...parts: Part[]) => (await choose({ card, executor }, { message: message(parts) })).skillId
  t.equal(await skillFor({ text: 'hi' }), 'chat')
  t.equal(await skillFor({ url: 'https://example.com/a.png', mediaType: 'image/png' }), 'ocr')
  t.equal(await skillFor({ data: { from: 'ZRH' } }), 'from')
  t.equal(await skillFor({ data: { to: 'ZRH' } }), 'to')
  t.equal(await skillFor({ data: { from: 'ZRH', to: 'LIS' } }), undefined, 'two of them: the agent itself')
  t.equal(await skillFor({ text: 'hi' }, { data: {} }), undefined, 'none of them: the agent itself')
})

t.test('where nobody is left to serve, the message must name a skill', async t => {
  await t.rejects(choose({ card: two }), {
    name: 'InvalidParamsError',
    message: 'Invalid parameters: message.metadata.skillId is required; there are search, book'
  })
})

t.test('a task stays with its skill', async t => {
  const route = () => 'search'
  t.match(await choose({ card: two, route }, { task: { skillId: 'book' } }), { skillId: 'book', executor: book })
  t.match(await choose({ card: two, route, executor }, { task: { skillId: undefined } }), { skillId: undefined, executor }, 'or with none')
  t.match(await choose({ card: two }, { task: { skillId: 'book' }, metadata: { skillId: 'book' } }), { skillId: 'book' })
  await t.rejects(choose({ card: two }, { task: { skillId: 'book' }, metadata: { skillId: 'search' } }), {
    name: 'InvalidParamsError', violations: [{ field: 'metadata.skillId', description: 'can\'t change: the task is served by the skill "book"' }]
  })
  await t.rejects(choose({ card: two, executor }, { task: { skillId: 'gone' } }), { name: 'UnsupportedOperationError' })
})

t.test('deadlines of a skill win over those of the agent', async t => {
  const card = { ...base, skills: [{ id: 'search', timeout: 0, idleTimeout: 50 }] }
  t.same((await choose({ card, executor, timeout: 100 })).deadlines, { timeout: 0, idleTimeout: 50 })
  t.same((await choose({ card: { ...base, skills: [{ id: 'search' }] }, executor, timeout: 100 })).deadlines, { timeout: 100, idleTimeout: 0 })
})

t.test('an executor is handed on as it was given', async t => {
  const handler = { execute: search, cancel () {} }
  t.equal((await choose({ card: { ...base, skills: [{ id: 'search', handler }] } })).executor, handler)
})

t.test('media types are checked against the modes of the skill, else of the agent', async t => {
  const card = resolveCard({
    ...base,
    defaultInputModes: ['text/plain'],
    skills: [{ id: 'any', inputModes: ['*/*'] }, { id: 'images', inputModes: ['image/*', 'Text/HTML; charset=utf-8'] }, { id: 'default' }]
  })
  const [any, images, fallback] = card.skills
  const passes: Array<[typeof any, Part]> = [
    [any, { raw: 'AA==', mediaType: 'application/x-thing' }],
    [images, { raw: 'AA==', mediaType: 'IMAGE/PNG' }],
    [images, { text: '<p>', mediaType: 'text/html;charset=latin1' }],
    [images, { raw: 'AA==' }],
    [images, { url: 'https://example.com/x' }],
    [fallback, { text: 'hi' }],
    [undefined, { text: 'hi' }]
  ]
  for (const [skill, part] of passes) t.doesNotThrow(() => checkInput(skill, message([part]), card), JSON.stringify(part))

  const refused: Array<[typeof any, Part, string]> = [
    [images, { text: 'hi' }, 'text/plain'],
    [images, { data: {} }, 'application/json'],
    [images, { raw: 'AA==', mediaType: 'imagex/png' }, 'imagex/png'],
    [fallback, { data: 1 }, 'application/json'],
    [undefined, { data: null }, 'application/json']
  ]
  for (const [skill, part, mediaType] of refused) {
    t.throws(() => checkInput(skill, message([{ raw: 'AA==' }, part]), card), {
      name: 'ContentTypeNotSupportedError', metadata: { field: 'message.parts[1]', mediaType }
    }, JSON.stringify(part))
  }
  t.throws(() => checkInput(images, message([{ text: 'hi' }]), card), {
    message: 'message.parts[0] is text/plain; the skill "images" takes image/*, Text/HTML; charset=utf-8',
    metadata: { accepted: 'image/*, Text/HTML; charset=utf-8' }
  })
})

const offers = resolveCard({
  ...base,
  skills: [{
    id: 'search',
    inputSchema: { type: 'object', required: ['from'], properties: { from: { type: 'string' } } },
    outputSchema: { type: 'array', items: { type: 'object', required: ['price'] } }
  }]
})

t.test('data is checked against the input schema', async t => {
  const [skill] = offers.skills
  t.doesNotThrow(() => checkInput(skill, message([{ text: 'hi' }, { data: { from: 'ZRH' } }]), offers))
  t.throws(() => checkInput(skill, message([{ data: { from: 7 } }]), offers), {
    name: 'InvalidParamsError', violations: [{ field: 'message.parts[0].data.from', description: 'must be a string' }]
  })
  t.throws(() => checkInput(skill, message([{ text: 'hi' }, { data: {} }]), offers), { name: 'InvalidParamsError', violations: [{ field: 'message.parts[1].data.from' }] })
  t.throws(() => checkInput(skill, message([{ data: 7 }]), offers), { name: 'InvalidParamsError', violations: [{ field: 'message.parts[0].data' }] })
})

t.test('what a skill answers is checked against its output schema', async t => {
  const [skill] = offers.skills
  t.same(checkOutput(skill, [{ data: [{ price: 1 }] }, { text: 'hi' }]), [])
  t.match(checkOutput(skill, [{ text: 'hi' }, { data: [{ price: 1 }, {}] }]), [{ field: 'parts[1].data[1].price' }])
  t.same(checkOutput(undefined, [{ data: 1 }]), [])
})
