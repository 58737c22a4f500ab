import { describe, expect, it } from 'vitest';
import { openDatabase } from '#event-store';
import type { SqlPool } from '#event-store';
import { freshDatabase } from '#test/servers';
import { identityMigrations } from './identity/identity.entity.js';
import { MemoryUsedOnce } from './memory.used-once.js';
import { PostgresUsedOnce } from './postgres.used-once.js';
import { SetClock } from './set-clock.contract.js';
import { usedOnceContract } from './used-once.contract.js';

const nothing = async () => undefined;
const NOON = '2026-01-01T12:00:00Z';

usedOnceContract('MemoryUsedOnce', async (clock) => {
  const memory = new MemoryUsedOnce(clock);
  return { seenBy: [memory, memory], close: nothing };
});

usedOnceContract('PostgresUsedOnce on a server', async (clock) => {
  const { url, drop } = await freshDatabase();
  const open = () =>
    openDatabase({ at: { kind: 'postgres', url }, migrations: identityMigrations, maxConnections: 2 });
  const [a, b] = [await open(), await open()];
  const close = async (): Promise<void> => {
    await Promise.all([a.close(), b.close()]);
    await drop();
  };
  return { seenBy: [new PostgresUsedOnce(a.pool, clock), new PostgresUsedOnce(b.pool, clock)], close };
});

usedOnceContract('PostgresUsedOnce on PGlite', async (clock) => {
  const at = { kind: 'pglite', dataDir: 'memory' } as const;
  const { pool, close } = await openDatabase({ at, migrations: identityMigrations });
  return { seenBy: [new PostgresUsedOnce(pool, clock), new PostgresUsedOnce(pool, clock)], close };
});

describe('a memory of used keys in one process', () => {
  it('refuses a key it has no room for rather than forget one that still counts', async () => {
    const clock = new SetClock(NOON);
    const memory = new MemoryUsedOnce(clock, { maxKeys: 2 });
    const minuteOn = () => new Date(clock.now().getTime() + 60_000);
    await memory.first('k', '1', minuteOn());
    await memory.first('k', '2', minuteOn());
    await expect(memory.first('k', '3', minuteOn())).rejects.toMatchObject({ code: 'unavailable' });
    expect(await memory.first('k', '1', minuteOn())).toBe(false);
    clock.pass(60_000);
    expect(await memory.first('k', '3', minuteOn())).toBe(true);
    expect(memory.size).toBe(1);
  });
});

/** A pool of which a spec decides when, and how, a statement ends; it answers that all keys were first. */
function scriptedPool() {
  const statements: { kinds: string[]; hurried: boolean; answer(): void; fail(error: Error): void }[] = [];
  const query = (asked: Readonly<{ values: [string[], string[], number[], number, boolean] }>) =>
    new Promise((resolve, reject) => {
      const [kinds, keys, , , hurried] = asked.values;
      const rows = kinds.map((kind, i) => ({ kind, key: keys[i] }));
      statements.push({
        kinds,
        hurried,
        answer: () => resolve({ rows, rowCount: rows.length }),
        fail: reject,
      });
    });
  return { pool: { query } as unknown as SqlPool, statements };
}

describe('a memory of used keys in Postgres', () => {
  it('does not let one wait that comes alone, and sends those together who come meanwhile', async () => {
    const { pool, statements } = scriptedPool();
    const usedOnce = new PostgresUsedOnce(pool, new SetClock(NOON));
    const alone = usedOnce.first('1', 'k', new Date());
    expect(statements).toHaveLength(1);
    const together = ['2', '3', '4', '3'].map((kind) => usedOnce.first(kind, 'k', new Date()));
    statements[0]?.answer();
    expect(await alone).toBe(true);
    await expect.poll(() => statements.length).toBe(2);
    expect(statements[1]?.kinds).toEqual(['2', '3', '4']);
    statements[1]?.answer();
    expect(await Promise.all(together)).toEqual([true, true, true, false]);
  });

  it('waits for the disk unless all that it is asked for are proofs', async () => {
    const { pool, statements } = scriptedPool();
    const usedOnce = new PostgresUsedOnce(pool, new SetClock(NOON));
    const asked = ['dpop', 'dpop', 'job'].map((kind, i) => usedOnce.first(kind, `${i}`, new Date()));
    statements[0]?.answer();
    await expect.poll(() => statements.length).toBe(2);
    statements[1]?.answer();
    await Promise.all(asked);
    expect(statements.map(({ kinds, hurried }) => [...kinds, hurried])).toEqual([
      ['dpop', true],
      ['dpop', 'job', false],
    ]);
  });

  it('is unavailable while the database is, for all who asked, and works when it is back', async () => {
    const { pool, statements } = scriptedPool();
    const usedOnce = new PostgresUsedOnce(pool, new SetClock(NOON));
    const lost = usedOnce.first('k', 'k', new Date());
    const same = usedOnce.first('k', 'other', new Date());
    statements[0]?.fail(new Error('terminated'));
    await expect(lost).rejects.toMatchObject({ code: 'unavailable', details: { retryAfterSeconds: 1 } });
    await expect.poll(() => statements.length).toBe(2);
    statements[1]?.answer();
    expect(await same).toBe(true);
  });

  it('sweeps by itself what no process, however far its clock is behind, asks for, and leaves its session as it was', async () => {
    const at = { kind: 'pglite', dataDir: 'memory' } as const;
    const { pool, close } = await openDatabase({ at, migrations: identityMigrations });
    const clock = new SetClock(NOON);
    const usedOnce = new PostgresUsedOnce(pool, clock);
    const left = async () => {
      const { rows } = await pool.query<{ kind: string }>('select kind from used_once order by kind');
      return rows.map(({ kind }) => kind);
    };
    await usedOnce.first('old', 'k', new Date(clock.now().getTime() + 1_000));
    clock.pass(4 * 60_000);
    await usedOnce.first('young', 'k', new Date(clock.now().getTime() + 1_000));
    expect(await usedOnce.sweep()).toBe(0);
    clock.pass(2 * 60_000);
    await usedOnce.first('now', 'k', new Date(clock.now().getTime() + 1_000));
    await expect.poll(left).toEqual(['now', 'young']);
    await usedOnce.first('dpop', 'k', new Date(clock.now().getTime() + 1_000));
    const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: 'on' }]);
    await close();
  });
});
