import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openDatabase } from './postgres.database.js';
import type { Database } from './postgres.database.js';
import { PostgresEventStore } from './postgres.event-store.js';
import { lifeOf, newTask } from './samples.contract.js';

let database: Database;
beforeAll(async () => {
  database = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' } });
}, 60_000);
afterAll(() => database?.close());

it('answers from memory what suffices, and asks for the rest as often as for what is not there', async () => {
  const store = new PostgresEventStore(database);
  const { taskId } = await lifeOf(store);
  const query = vi.spyOn(database.pool, 'query');
  const queriesOf = async (id: string, suffices: boolean) => {
    query.mockClear();
    const stored = await store.peek(id, () => suffices);
    return { found: stored !== null, queries: query.mock.calls.length };
  };
  expect(await queriesOf(taskId, true)).toEqual({ found: true, queries: 0 });
  expect(await queriesOf(taskId, false)).toEqual({ found: true, queries: 1 });
  expect(await queriesOf(newTask().taskId, false)).toEqual({ found: false, queries: 1 });
});
