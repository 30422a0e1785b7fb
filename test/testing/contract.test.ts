/** The contract test finds stores that break it: each of these breaks one rule. */
import t from 'tap'
import type { Task } from '../../schemas/v1/common.ts'
import { createMemoryStore } from '../../lib/stores/memory/store.ts'
import { Snapshot, type ListQuery, type ReadBatch, type ReadOptions, type Scope, type TaskStore } from '../../lib/task/store.ts'
import { storeContract, testStore } from '../../lib/testing/index.ts'
import { storeWith } from '../helpers/stores.ts'

type Break = (inner: TaskStore) => Partial<TaskStore>

const broken: Record<string, { rule: RegExp, break: Break }> = {
  'takes stale generations': {
    rule: /stale generation|one wins/,
    break: inner => ({
      async append (scope, taskId, write) {
        const expected = (await inner.get(scope, taskId))?.generation ?? 0
        return await inner.append(scope, taskId, { ...write, expected })
      }
    })
  },
  'keeps a part of a refused append': {
    rule: /nothing of it stays/,
    break: inner => ({
      async append (scope, taskId, write) {
        const generation = (await inner.get(scope, taskId))?.generation ?? 0
        if (generation !== write.expected) await inner.append(scope, taskId, { ...write, expected: generation, events: write.events.slice(0, 1) })
        return await inner.append(scope, taskId, write)
      }
    })
  },
  'overwrites a task that exists': {
    rule: /created once/,
    break: inner => ({
      async create (scope, events, request) {
        return await inner.create(scope, events, request).catch(() => ({ generation: 1, lease: { token: 'x', expiresAt: Infinity } }))
      }
    })
  },
  'loses what is written between snapshot and tail': {
    rule: /follow: readers who join/,
    break: inner => ({
      async * read (scope, taskId, options = {}) {
        if (options.after !== undefined) return yield * inner.read(scope, taskId, options)
        const snapshot = await inner.get(scope, taskId)
        if (snapshot !== undefined) yield { snapshot }
        await new Promise(resolve => setTimeout(resolve, 2))
        const { generation = 0 } = await inner.get(scope, taskId) ?? {}
        yield * inner.read(scope, taskId, { ...options, after: generation })
      }
    })
  },
  'repeats entries': {
    rule: /read:|follow:/,
    break: inner => ({
      async * read (scope, taskId, options) {
        for await (const batch of inner.read(scope, taskId, options)) {
          yield batch
          if ('entries' in batch && batch.entries.length > 1) yield { entries: batch.entries.slice(-1) }
        }
      }
    })
  },
  'does not hear the signal': {
    rule: /a signal ends it/,
    break: inner => ({
      read: (scope: Scope, taskId: string, { signal, ...options }: ReadOptions = {}): AsyncIterable<ReadBatch> => inner.read(scope, taskId, options)
    })
  },
  'forgets the owner': {
    rule: /scopes:/,
    break: inner => {
      const all = (scope: Scope) => ({ ...scope, owner: '' })
      return {
        create: (scope, ...rest) => inner.create(all(scope), ...rest),
        append: (scope, ...rest) => inner.append(all(scope), ...rest),
        get: (scope, ...rest) => inner.get(all(scope), ...rest),
        read: (scope, ...rest) => inner.read(all(scope), ...rest),
        list: (scope, ...rest) => inner.list(all(scope), ...rest),
        acquire: (scope, ...rest) => inner.acquire(all(scope), ...rest),
        renew: (scope, ...rest) => inner.renew(all(scope), ...rest),
        release: (scope, ...rest) => inner.release(all(scope), ...rest)
      }
    }
  },
  'joins the names of a scope': {
    rule: /same ids in other scopes/,
    break: inner => {
      const joined = ({ agent, tenant, owner }: Scope) => ({ agent: '', tenant: '', owner: [agent, tenant, owner].join(':') })
      return {
        create: (scope, ...rest) => inner.create(joined(scope), ...rest),
        append: (scope, ...rest) => inner.append(joined(scope), ...rest),
        get: (scope, ...rest) => inner.get(joined(scope), ...rest)
      }
    }
  },
  'pages by offset': {
    rule: /nothing comes twice/,
    break: inner => ({
      async list (scope: Scope, { cursor = '0', limit, ...query }: ListQuery) {
        const { items, total } = await inner.list(scope, { ...query, limit: 10_000 })
        const from = Number(cursor)
        return { items: items.slice(from, from + limit), total, ...from + limit < total && { next: String(from + limit) } }
      }
    })
  },
  'orders by creation': {
    rule: /newest status/,
    break: inner => {
      const order: string[] = []
      return {
        create: async (scope, events, lease) => {
          const [first] = events
          if (first !== undefined && 'created' in first) order.push(first.created.task.id)
          return await inner.create(scope, events, lease)
        },
        list: async (scope, query) => {
          const page = await inner.list(scope, query)
          return { ...page, items: page.items.toSorted((a, b) => order.indexOf(b.task.id) - order.indexOf(a.task.id)) }
        }
      }
    }
  },
  'counts the page instead of all': {
    rule: /total/,
    break: inner => ({
      list: async (scope, query) => {
        const page = await inner.list(scope, query)
        return { ...page, total: page.items.length }
      }
    })
  },
  'gives out what goes on changing': {
    rule: /does not change any more/,
    break: inner => {
      const given = new Map<string, Task>()
      return {
        async get (scope, taskId) {
          const snapshot = await inner.get(scope, taskId)
          if (snapshot === undefined) return undefined
          const task = given.get(taskId) ?? { ...snapshot.task }
          given.set(taskId, task)
          return Snapshot.ofTask(task, snapshot.meta)
        },
        async append (scope, taskId, write) {
          const generation = await inner.append(scope, taskId, write)
          Object.assign(given.get(taskId) ?? {}, (await inner.get(scope, taskId))?.task)
          return generation
        }
      }
    }
  },
  'never lets a lease expire': {
    rule: /takes over an expired lease/,
    break: inner => ({
      create: (scope, events, lease) => inner.create(scope, events, { ...lease, ttl: 60_000 })
    })
  },
  'gives a lease to everybody': {
    rule: /one gets it|holds it/,
    break: inner => ({
      async acquire (scope, taskId, request) {
        return await inner.acquire(scope, taskId, request) ?? { token: 'another', expiresAt: Date.now() + request.ttl }
      }
    })
  },
  'lets the last key win': {
    rule: /first one wins/,
    break: inner => ({
      async remember (scope, key, record, ttl) {
        await inner.forget(scope, key)
        return await inner.remember(scope, key, record, ttl)
      }
    })
  },
  'never forgets a key': {
    rule: /forgotten after its time/,
    break: inner => ({ remember: (scope, key, record) => inner.remember(scope, key, record, 60_000) })
  }
}

for (const [name, { rule, break: breakIt }] of Object.entries(broken)) {
  t.test(`a store that ${name}`, async t => {
    const create = () => {
      const inner = createMemoryStore()
      return storeWith(breakIt(inner), inner)
    }
    const failures: string[] = []
    for (const { name, run } of storeContract({ create, shortTtl: 30, patience: 300 }).filter(({ name }) => rule.test(name))) {
      await run().catch(() => failures.push(name))
    }
    t.ok(failures.length > 0, `one of ${rule} fails`)
  })
}

t.test('cases stand alone, on a store that others use', async t => {
  const store = createMemoryStore()
  t.teardown(() => store.close())
  await Promise.all(storeContract({ create: () => store, destroy: () => {} }).map(({ run }) => run()))
})

t.test('any test runner will do', async t => {
  const names: string[] = []
  testStore(name => { names.push(name) }, { create: createMemoryStore })
  t.same(names, storeContract({ create: createMemoryStore }).map(({ name }) => name))
  t.equal(new Set(names).size, names.length)
  const more = storeContract({ create: createMemoryStore, retention: createMemoryStore })
  t.same(more.slice(names.length).map(({ name }) => name.split(':')[0]), ['retention', 'retention', 'retention'])
})
