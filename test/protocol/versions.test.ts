import t from 'tap'
import { A2AError } from '../../lib/protocol/errors.ts'
import { negotiateVersion, parseVersion } from '../../lib/protocol/versions.ts'

const both = ['1.0', '0.3'] as const

function refusal (header: string | undefined, query: unknown, enabled: Parameters<typeof negotiateVersion>[2]): A2AError {
  try {
    negotiateVersion(header, query, enabled)
  } catch (error) {
    if (error instanceof A2AError) return error
    throw error
  }
  throw new Error('was not refused')
}

t.test('the header names the version, and patch numbers do not count', async t => {
  for (const header of ['1.0', '1.0.0', '1.0.1', '1.0.99', ' 1.0 ']) t.equal(negotiateVersion(header, undefined, both), '1.0', header)
  for (const header of ['0.3', '0.3.0', '0.3.14']) t.equal(negotiateVersion(header, undefined, both), '0.3', header)
})

t.test('no version, or an empty one, means 0.3', async t => {
  for (const header of [undefined, '', '  ']) {
    for (const query of [undefined, {}, null, { 'A2A-Version': '' }, '']) t.equal(negotiateVersion(header, query, both), '0.3')
  }
})

t.test('the query parameter stands in for the header, which wins', async t => {
  t.equal(negotiateVersion(undefined, { 'A2A-Version': '1.0.1' }, both), '1.0')
  t.equal(negotiateVersion('', { 'A2A-Version': '1.0' }, both), '1.0')
  t.equal(negotiateVersion(undefined, '1.0', both), '1.0')
  t.equal(negotiateVersion('0.3', { 'A2A-Version': '1.0' }, both), '0.3')
  t.equal(negotiateVersion('1.0', { 'A2A-Version': '99.0' }, both), '1.0')
})

t.test('other versions and malformed ones are refused, with what is supported', async t => {
  for (const header of ['99.0', '1.1', '2.0', '0.2.5', '1', '1.', '.0', 'v1.0', '1.0.x', '1.0.0.0', '01.0', '1.0, 0.3', '١.٠', '1.0-rc', '__proto__']) {
    const error = refusal(header, undefined, both)
    t.equal(error.name, 'VersionNotSupportedError', header)
    t.match(error.message, 'supported: 1.0, 0.3')
    t.same(error.metadata, { supported: '1.0, 0.3' })
  }
  t.equal(refusal(undefined, { 'A2A-Version': ['1.0', '1.0'] }, both).name, 'VersionNotSupportedError')
})

t.test('a version that is not enabled is refused', async t => {
  t.same(refusal('0.3', undefined, ['1.0']).metadata, { supported: '1.0' })
  t.same(refusal('1.0', undefined, ['0.3']).metadata, { supported: '0.3' })
})

t.test('without a header, an agent of 1.0 alone says which one to send', async t => {
  const error = refusal(undefined, undefined, ['1.0'])
  t.equal(error.name, 'VersionNotSupportedError')
  t.match(error.message, 'send A2A-Version: 1.0')
  t.same(error.metadata, { supported: '1.0' })
})

t.test('an error does not repeat a long header', async t => {
  t.ok(refusal('9'.repeat(10_000), undefined, both).message.length < 200)
})

t.test('parseVersion reads the versions of interfaces', async t => {
  t.equal(parseVersion('0.3.0'), '0.3')
  t.equal(parseVersion('1.0'), '1.0')
  t.equal(parseVersion('0.2.6'), undefined)
})
