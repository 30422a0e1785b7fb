import assert from 'node:assert/strict'
import type { Task } from '../../schemas/v1/common.ts'
import { fold, freeze, startFold, type Folding } from '../task/fold.ts'
import type { Entry } from '../task/log.ts'
import type { ReadBatch, ReadOptions, Scope, Snapshot, TaskStore } from '../task/store.ts'

/** All that a read yields until it ends. */
export async function readAll (store: TaskStore, scope: Scope, taskId: string, options?: ReadOptions): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = []
  for await (const batch of store.read(scope, taskId, options)) batches.push(batch)
  return batches
}

/** What a read yields at once and without waiting for more: up to the generation that the task is at. */
export async function readNow (store: TaskStore, scope: Scope, taskId: string, options: ReadOptions, generation: number): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = []
  if (options.after === generation) return batches
  for await (const batch of store.read(scope, taskId, options)) {
    batches.push(batch)
    if (lastGeneration(batch) >= generation) break
  }
  return batches
}

export function entriesOf (batches: readonly ReadBatch[]): Entry[] {
  return batches.flatMap(batch => 'entries' in batch ? batch.entries : [])
}

/** What a reader sees of entries: the same for all readers. */
export function plain (entries: readonly Entry[]) {
  return entries.map(({ generation, event, json }) => ({ generation, event, json }))
}

/** Asserts that nothing is missing, doubled or out of order, and puts the task together again. */
export function rebuild (batches: readonly ReadBatch[], from?: Snapshot): Task {
  let folding = from === undefined ? undefined : startAgain(from)
  let generation = from?.generation ?? 0
  let maxHistory = from?.meta.maxHistory
  for (const batch of batches) {
    if ('snapshot' in batch) {
      assert.ok(batch.snapshot.generation >= generation, 'a snapshot goes back behind what was read before')
      folding = startAgain(batch.snapshot)
      generation = batch.snapshot.generation
      maxHistory = batch.snapshot.meta.maxHistory
      continue
    }
    assert.ok(batch.entries.length > 0, 'a batch is empty')
    for (const entry of batch.entries) {
      assert.equal(entry.generation, ++generation, 'an entry is missing, doubled or out of order')
      const { event } = entry
      if ('created' in event) {
        folding = startFold(event.created.task, event.created.turnId, event.created.skillId)
        maxHistory = event.created.maxHistory
      } else {
        assert.ok(folding !== undefined, 'the first event of a log is `created`')
        fold(folding, event, maxHistory)
      }
    }
  }
  assert.ok(folding !== undefined, 'a read began with nothing')
  return freeze(folding)
}

function startAgain ({ task, meta }: Snapshot): Folding {
  return startFold(structuredClone(task), meta.turnId, meta.skillId, meta.turnEnded)
}

function lastGeneration (batch: ReadBatch): number {
  return 'snapshot' in batch ? batch.snapshot.generation : batch.entries[batch.entries.length - 1]?.generation ?? 0
}

/** The task, which must be there. */
export async function mustGet (store: TaskStore, scope: Scope, taskId: string): Promise<Snapshot> {
  const snapshot = await store.get(scope, taskId)
  assert.ok(snapshot !== undefined, `task ${taskId} is not there`)
  return snapshot
}

/** Asserts that a snapshot says the same as object and as JSON. */
export function assertTask (snapshot: Snapshot, expected: Task, message?: string): void {
  assert.deepEqual(snapshot.task, expected, message)
  assert.deepEqual(JSON.parse(snapshot.json), expected, message)
}
