import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { ClientCounter } from '../../lib/operations/client-counter.ts'
import { Members, type Member } from '../../lib/task/members.ts'
import { Runners } from '../../lib/task/runners.ts'

type Worker = Member & { name: string }

function crowd (...names: string[]) {
  const workers = names.map((name): Worker => ({ name, place: -1 }))
  const members = new Members<Worker>()
  for (const worker of workers) members.add(worker)
  return { members, workers }
}

function namesOf (members: Iterable<Worker>): string[] {
  return [...members].map(({ name }) => name).sort()
}

t.test('members', async t => {
  await t.test('come and go, in any order', async t => {
    const { members, workers: [a, b, c] } = crowd('a', 'b', 'c')
    if (a === undefined || b === undefined || c === undefined) throw new Error('three were made')
    t.equal(members.delete(a), true)
    t.same(namesOf(members), ['b', 'c'])
    t.equal(members.delete(c), true)
    t.equal(members.delete(b), true)
    t.equal(members.size, 0)
    members.add(a)
    t.same(namesOf(members), ['a'])
  })

  await t.test('who is none does not leave, nor twice, and nobody in its place', async t => {
    const { members, workers: [a] } = crowd('a', 'b')
    if (a === undefined) throw new Error('two were made')
    t.equal(members.delete({ name: 'a', place: 0 }), false)
    t.equal(members.delete({ name: 'nobody', place: -1 }), false)
    t.equal(members.delete(a), true)
    t.equal(members.delete(a), false)
    t.same(namesOf(members), ['b'])
  })

  await t.test('may leave while they are looked at', async t => {
    const { members } = crowd('a', 'b', 'c', 'd')
    const seen: string[] = []
    for (const worker of members) {
      seen.push(worker.name)
      members.delete(worker)
    }
    t.same(seen.sort(), ['a', 'b', 'c', 'd'])
    t.equal(members.size, 0)
  })

  await t.test('are taken out all at once', async t => {
    const { members, workers: [a] } = crowd('a', 'b')
    if (a === undefined) throw new Error('two were made')
    t.same(namesOf(members.takeAll()), ['a', 'b'])
    t.equal(members.size, 0)
    t.equal(members.delete(a), false)
  })
})

t.test('runners', async t => {
  const runners = new Runners<Member & { taskId: string }>()
  const one = { taskId: 'one', place: -1 }
  const two = { taskId: 'two', place: -1 }

  await t.test('are found at once, and later', async t => {
    runners.add(one)
    t.equal(runners.get('one'), one)
    runners.add(two)
    t.same([runners.size, runners.all().length], [2, 2])
    await nextTurn()
    t.same([runners.get('one'), runners.get('two'), runners.get('three')], [one, two, undefined])
    t.same([runners.size, runners.all().length], [2, 2])
  })

  await t.test('are gone, be they new or not', async t => {
    runners.delete(one)
    const three = { taskId: 'three', place: -1 }
    runners.add(three)
    runners.delete(three)
    t.same([runners.get('one'), runners.get('three'), runners.size], [undefined, undefined, 1])
    await nextTurn()
    t.same(runners.all(), [two])
  })
})

t.test('a client that has something is not forgotten, however many come and go', async t => {
  const counter = new ClientCounter(2, 'things of this client are there already')
  const leave = counter.enter('ada')
  counter.enter('ada')
  for (let i = 0; i < 10_000; i++) counter.enter(`client ${i}`)()
  t.equal(counter.size, 1)
  t.throws(() => counter.enter('ada'), { name: 'ResourceExhaustedError', message: '2 things of this client are there already' })
  leave()
  leave()
  counter.enter('ada')
  t.throws(() => counter.enter('ada'), { name: 'ResourceExhaustedError' }, 'who leaves twice gives back one place')
})
