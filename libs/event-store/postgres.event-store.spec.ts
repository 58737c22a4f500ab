import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, startProxy } from '#test/servers';
import type { FaultProxy, PostgresServer } from '#test/servers';
import { eventStoreContract } from './event-store.contract.js';
import { openDatabase } from './postgres.database.js';
import type { Database } from './postgres.database.js';
import { PostgresEventStore } from './postgres.event-store.js';
import { commitOn, drain, newTask } from './samples.contract.js';

let server: PostgresServer; // of its own: a transaction held open would stall the tails of other specs
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

const submitted = {
  type: 'TaskSubmitted',
  data: {
    ownerId: 'u',
    sessionId: 's',
    agentId: 'a',
    description: '',
    input: '',
    priority: 5,
    maxAttempts: 3,
  },
} as const;

eventStoreContract('PostgresEventStore on a server', async () => {
  const database = await openDatabase({ at: { kind: 'postgres', url: server.url } });
  const holdXid = async () => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    return async () => {
      await client.query('commit');
      await client.end();
    };
  };
  return { store: new PostgresEventStore(database), pool: database.pool, holdXid, close: database.close };
});

describe('PostgresEventStore, when the connection fails', () => {
  let proxy: FaultProxy;
  let database: Database;
  beforeAll(async () => {
    const url = new URL(server.url);
    proxy = await startProxy(Number(url.port));
    url.port = `${proxy.port}`;
    url.hostname = '127.0.0.1';
    database = await openDatabase({ at: { kind: 'postgres', url: url.href } });
  });
  afterAll(async () => {
    proxy.refuse(false);
    await database?.close();
    await proxy?.close();
  });

  it('settles appends whose connections are cut under way: each is stored once and acknowledged', async () => {
    const store = new PostgresEventStore(database);
    const commits = Array.from({ length: 400 }, () => commitOn(newTask(), [submitted]));
    const appends: Promise<unknown>[] = [];
    for (const [i, commit] of commits.entries()) {
      appends.push(store.append(commit));
      if (i % 20 !== 0) continue;
      await new Promise(setImmediate); // the statement is on its way
      proxy.cut();
    }
    await Promise.all(appends);
    const logged = (await drain(store)).map(({ commitId }) => commitId);
    expect(logged.filter((id) => commits.some((commit) => commit.id === id)).toSorted()).toEqual(
      commits.map(({ id }) => id).toSorted(),
    );
  });

  it('answers reads whose connections are cut again and again', async () => {
    const store = new PostgresEventStore(database);
    const stored = await store.append(commitOn(newTask(), [submitted]));
    const reads: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      reads.push(store.history(stored.taskId));
      if (i % 5 !== 0) continue;
      await new Promise(setImmediate);
      proxy.cut();
    }
    for (const history of await Promise.all(reads)) expect(history).toHaveLength(1);
  });

  it('settles appends whose backends are terminated while they wait for a row', async () => {
    const store = new PostgresEventStore(database);
    const stored = await store.append(commitOn(newTask(), [submitted]));
    const blocker = new Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('select 1 from task where id = $1 for update', [stored.taskId]);
    const next = commitOn(stored, [{ type: 'PlanningStarted', data: {} }]);
    const answer = store.append(next);
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and query like '%with input as%'`;
    // asked from outside the blocker's transaction, which sees the activity of one moment
    for (let killed = 0; killed === 0;) killed = (await database.pool.query(kill)).rows.length;
    await blocker.query('commit');
    await blocker.end();
    expect(await answer).toMatchObject({ commitId: next.id });
    expect(await store.history(stored.taskId)).toHaveLength(2);
  });

  it('says unavailable with a time to retry when nothing can be reached, and recovers by itself', async () => {
    const store = new PostgresEventStore(database, { awayMs: 300, settleMs: 600 });
    proxy.refuse(true);
    proxy.cut();
    const commit = commitOn(newTask(), [submitted]);
    await expect(store.append(commit)).rejects.toMatchObject({
      code: 'unavailable',
      details: { retryAfterSeconds: 2 },
    });
    await expect(store.load(commit.taskId)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' });
    proxy.refuse(false);
    expect(await store.append(commit)).toMatchObject({ commitId: commit.id });
  });
});
