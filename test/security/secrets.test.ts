/** The lookup of keys, tokens and passwords that the options name. */
import t from 'tap'
import { createSecretLookup } from '../../lib/security/secrets.ts'

t.test('a secret is found as it is, and no other way', async t => {
  const long = 'é'.repeat(500)
  const secrets = ['', 'a', 'ab', 'ab\0', 'ä', 'x'.repeat(256), long]
  const find = createSecretLookup(secrets.map((secret, value) => ({ secret, value })))
  for (const [value, secret] of secrets.entries()) t.equal(find(secret), value, secret.slice(0, 10))
  const others = ['b', 'A', 'a ', 'a\0', 'abc', 'ab\0\0', '\0', 'a\u0308', '\u00ff', 'x'.repeat(255), 'x'.repeat(257), 'x'.repeat(100_000), long.slice(1), `${long}e`, `${long}é`, `${long}${long}`]
  for (const other of others) t.equal(find(other), undefined, other.slice(0, 10))
  t.equal(find('a'), 1, 'what was asked before leaves nothing behind')
})

t.test('of none, none is found', async t => {
  t.equal(createSecretLookup([])(''), undefined)
  t.equal(createSecretLookup([])('x'.repeat(1000)), undefined)
})
