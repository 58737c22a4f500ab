import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '#test/servers';
import type { FreshDatabase } from '#test/servers';
import { cliIn } from './fake-cli.contract.js';

describe('policy reset', () => {
  let folder: string;
  let database: FreshDatabase;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-reset-'));
    mkdirSync(join(folder, '.git'));
    database = await freshDatabase();
    env = { TERM: 'dumb', CODERCLAW_MODE: 'remote-enabled', CODERCLAW_DATABASE_URL: database.url };
    await reset(['--yes']); // makes the tables
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  const reset = (argv: readonly string[]) => cliIn(folder).run(['policy', 'reset', ...argv], '', { env });
  const sql = async (text: string) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ document: string }>(text);
    await client.end();
    return rows.map(({ document }) => document);
  };
  const stored = () => sql(`select document from tenant_policy where tenant = 'default'`);
  const lockOut = () =>
    sql(`insert into tenant_policy values ('default', '{"deniedRoles":["admin"]}', 1, 'x', now())
      on conflict (tenant) do update set document = excluded.document`);

  it('takes the policy back without a server, once told so', async () => {
    await lockOut();
    const unsure = await reset([]);
    expect([unsure.exitCode, unsure.stderr]).toEqual([2, expect.stringContaining('--yes is needed')]);
    expect(await stored()).toEqual(['{"deniedRoles":["admin"]}']);
    const done = await reset(['--yes', '--json']);
    expect([done.exitCode, JSON.parse(done.stdout)]).toEqual([
      0,
      { tenant: 'default', version: expect.any(Number) as number },
    ]);
    expect(await stored()).toEqual(['{}']);
  });

  it('asks on a terminal for the name of the tenant, and takes no other for it', async () => {
    for (const [answer, document, exitCode] of [
      ['yes', '{"deniedRoles":["admin"]}', 2],
      ['default', '{}', 0],
    ] as const) {
      await lockOut();
      const call = cliIn(folder).start(['policy', 'reset'], { tty: true, env });
      await vi.waitFor(() => expect(call.stderr()).toContain('Type its name'));
      call.stdin.write(`${answer}\n`);
      expect([await call.exitCode, await stored()]).toEqual([exitCode, [document]]);
    }
  });

  it('says what is wrong: no such policy, no database, a server that is not asked', async () => {
    const missing = await reset(['--yes', '--tenant', 'acme']);
    expect([missing.exitCode, missing.stderr]).toEqual([
      4,
      expect.stringContaining('the tenant acme has no policy'),
    ]);
    const served = await reset(['--yes', '--url', 'http://127.0.0.1:1']);
    expect([served.exitCode, served.stderr]).toEqual([2, expect.stringContaining('no server is asked')]);
    const nowhere = { ...env, CODERCLAW_DATABASE_URL: '' };
    const lost = await cliIn(folder).run(['policy', 'reset', '--yes'], '', { env: nowhere });
    expect([lost.exitCode, lost.stderr]).toEqual([2, expect.stringContaining('database.url')]);
  });
});
