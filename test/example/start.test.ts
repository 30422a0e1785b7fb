/** `npm start`: everything in one command, and one URL. */
import t from 'tap'
import { addressOf, run, startExample } from './process.ts'
import { travel } from './traveller.ts'

t.test('prints one URL, where a wish becomes an itinerary; SIGTERM ends all of it', async t => {
  const example = await startExample(t, { HOME_CITY: 'Munich' })
  t.equal(example.output().match(/http\S+/g)?.length, 1, example.output())
  const { itinerary } = await travel(example.url, 'A long weekend in Rome for music and food on 2090-05-05, at most 900 euros, in the morning')
  t.match(itinerary, { destination: 'Rome', days: 3, budget: { amount: 900 } })
  t.match(itinerary?.items[0]?.title, /^MUC to FCO/, 'from home')
  const ports = new Set(await Promise.all(['flights', 'charter', 'hotels', 'activities'].map(async id => await addressOf(id, example))))
  t.equal(ports.size, 4)
  example.child.kill('SIGTERM')
  t.equal(await example.exited, 0, example.output())
})

t.test('says what is wrong with its environment', async t => {
  const wrong: Array<[NodeJS.ProcessEnv, string[], RegExp]> = [
    [{ PORT: 'http' }, [], /PORT must be the number of a port/],
    [{ FLIGHTS_URL: 'localhost:1' }, [], /FLIGHTS_URL must be a URL of http: or https:/],
    [{ PACE: 'fast' }, [], /PACE must be a number of milliseconds/],
    [{}, ['trains'], /There is no agent trains; there are coordinator, flights/]
  ]
  await Promise.all(wrong.map(async ([env, agents, says]) => {
    const broken = run(t, 'example-app/index.ts', { PORT: '0', ...env }, agents)
    t.not(await broken.exited, 0)
    t.match(broken.output(), says)
  }))
})
