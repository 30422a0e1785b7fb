import { InvalidCursorError } from '../../task/store-errors.ts'
import type { ListQuery, Scope, TaskPage } from '../../task/store.ts'
import { readSnapshot } from '../shared/stored-task.ts'
import type { Connection } from './connection.ts'
import { nameKey, scopeKey, type Keys } from './keys.ts'
import * as scripts from './lua/lists.ts'
import { storedTask, type TaskReply } from './replies.ts'

type ListReply = readonly [total: number | string, page: ReadonlyArray<readonly [place: string, ...TaskReply]>]

/** Pages by the time of the status: one index for each choice of filters, in which a cursor is a place. */
export async function listTasks (connection: Connection, keys: Keys, scope: Scope, { contextId, state, since, limit, cursor }: ListQuery): Promise<TaskPage> {
  if (cursor !== undefined && !/^\d{15}-\d{16}$/.test(cursor)) throw new InvalidCursorError('this is not a cursor of this store')
  const context = contextId === undefined ? '' : nameKey(contextId)
  const kind = state === undefined ? context === '' ? 'all' : 'context' : context === '' ? 'state' : 'both'
  const name = scopeKey(scope)
  const from = since === undefined ? '-' : `[${String(Math.max(0, Math.ceil(since))).padStart(15, '0')}`
  const before = cursor === undefined ? '+' : `(${cursor}`
  const [count, found] = await connection.run(scripts.list, keys.tagOf(scope), name, kind, name + (state ?? '') + context, from, before, limit + 1) as ListReply // as the script answers
  const total = Number(count)
  const page = found.slice(0, limit)
  const last = page[page.length - 1]
  const items = page.map(([, ...task]) => readSnapshot(storedTask(task)))
  return last !== undefined && found.length > limit ? { items, total, next: last[0] } : { items, total }
}

/** The scopes of one agent are on all shards. */
export async function hasForeignContext (connection: Connection, keys: Keys, scope: Scope, contextId: string): Promise<boolean> {
  const counts = await Promise.all(keys.tags.map(tag => connection.run(scripts.countOthers, tag, scopeKey(scope), nameKey(contextId))))
  return counts.some(count => Number(count) > 0)
}
