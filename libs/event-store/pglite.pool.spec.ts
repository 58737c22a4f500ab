import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from './postgres.database.js';
import type { Database } from './postgres.database.js';

let folder: string;
let database: Database;
const told: string[] = [];
const open = () =>
  openDatabase({ at: { kind: 'pglite', dataDir: folder }, onProgress: (message) => void told.push(message) });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglite-'));
  database = await open();
});
afterAll(async () => {
  await database?.close();
  rmSync(folder, { recursive: true });
});

it('gives values as pg does, to both who use it', async () => {
  const question = `select 1::int8 as big, pg_current_xact_id() as xid, 2::int4 as small,
    '2026-01-02T03:04:05.678Z'::timestamptz as at, true as yes, '{"a":1}'::jsonb as json, array['x'] as list`;
  const [row] = (await database.pool.query<Record<string, unknown>>(question)).rows;
  const expected = {
    big: '1',
    small: 2,
    at: new Date('2026-01-02T03:04:05.678Z'),
    yes: true,
    json: { a: 1 },
    list: ['x'],
  };
  expect(row).toEqual({ ...expected, xid: expect.stringMatching(/^\d+$/) as string });
  expect((await database.dataSource.query<unknown[]>(question))[0]).toMatchObject(expected);
  await expect(database.pool.query('select nothing')).rejects.toMatchObject({
    code: '42703',
    severity: 'ERROR',
  });
});

it('keeps a write made beside an open transaction out of it, so that its rollback takes nothing with it', async () => {
  await database.pool.query('create table note (text text)');
  let beside: Promise<unknown> = Promise.resolve();
  const failing = database.dataSource.transaction(async (tx) => {
    await tx.query(`insert into note values ('inside')`);
    beside = database.pool.query(`insert into note values ('beside')`);
    await tx.query('select 1');
    throw new Error('roll back');
  });
  await expect(failing).rejects.toThrow('roll back');
  await beside;
  expect((await database.pool.query('select text from note')).rows).toEqual([{ text: 'beside' }]);
});

it('is one process’s own, says that it makes a database, and finds it again', async () => {
  expect(told).toEqual([expect.stringContaining('making a database')]);
  await expect(open()).rejects.toMatchObject({ code: 'unavailable' });
  await database.close();
  database = await open();
  expect(told).toHaveLength(1);
  expect((await database.pool.query('select text from note')).rows).toEqual([{ text: 'beside' }]);
  expect((await database.pool.query(`show fsync`)).rows).toEqual([{ fsync: 'on' }]);
});
