import { InvalidCursorError } from '../../task/store-errors.ts'
import type { ListQuery, Scope, TaskPage } from '../../task/store.ts'
import { readSnapshot } from '../shared/stored-task.ts'
import { nameKey, scopeKey, storedTask } from './rows.ts'
import type { Row, Value } from './sql.ts'

type Run = (text: string, values: readonly Value[]) => Promise<Row[]>

/** Pages by the time of the status; a cursor is a place in that order. */
export async function listTasks (run: Run, schema: string, scope: Scope, { contextId, state, since, limit, cursor }: ListQuery): Promise<TaskPage> {
  const place = cursor === undefined ? undefined : readCursor(cursor)
  const values: Value[] = [scopeKey(scope)]
  const conditions = ['t.scope = $1']
  const where = (condition: (parameter: string) => string, value: Value) => conditions.push(condition(`$${values.push(value)}`))
  if (contextId !== undefined) where(at => `t.context = ${at}`, nameKey(contextId))
  if (state !== undefined) where(at => `t.state = ${at}`, state)
  if (since !== undefined) where(at => `t.status_time >= ${at}`, since)
  const counted = run(`select count(*)::integer as total from ${schema}.a2a_tasks t where ${conditions.join(' and ')}`, [...values])
  if (place !== undefined) conditions.push(`(t.status_time, t.status_order) < ($${values.push(place.time)}::bigint, $${values.push(place.order)}::bigint)`)
  const [[count], rows] = await Promise.all([counted, run(`
    select t.status_time::text, t.status_order::text, t.generation, t.snapshot, t.meta,
      case when t.snapshot_generation < t.generation then array(select event from ${schema}.a2a_events where task = t.key and generation > t.snapshot_generation order by generation) end as events
    from ${schema}.a2a_tasks t where ${conditions.join(' and ')}
    order by t.status_time desc, t.status_order desc limit $${values.push(limit + 1)}`, values)])
  const page = rows.slice(0, limit)
  const last = page[page.length - 1]
  const items = page.map(row => readSnapshot(storedTask(row)))
  const total = Number(count?.total ?? 0)
  return last !== undefined && rows.length > limit ? { items, total, next: `${last.status_time}-${last.status_order}` } : { items, total }
}

function readCursor (cursor: string): { time: string, order: string } {
  const [, time, order] = /^(\d{1,16})-(\d{1,18})$/.exec(cursor) ?? []
  if (time === undefined || order === undefined) throw new InvalidCursorError('this is not a cursor of this store')
  return { time, order }
}
