import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract';
import { loadConfig } from '#platform';
import { plant } from '#test/planted-secrets';
import { freshDatabase } from '#test/servers';
import type { FreshDatabase } from '#test/servers';
import { initialise, issueSetupToken } from './initialise.js';
import { openDatabaseOf } from './open-infrastructure.js';

describe('a deployment without anybody', () => {
  let database: FreshDatabase;
  let folder: string;
  beforeEach(async () => {
    database = await freshDatabase();
    folder = mkdtempSync(join(tmpdir(), 'mesh-init-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  const config = (mode = 'remote-enabled') =>
    loadConfig({
      cwd: folder,
      home: folder,
      env: { CODERCLAW_MODE: mode, CODERCLAW_DATABASE_URL: database.url },
    });

  const recorded = async () => {
    const opened = await openDatabaseOf({ config: config() });
    const rows = await opened.dataSource.query<{ entry: string }[]>(
      `select entry from audit order by position`,
    );
    await opened.close();
    return rows.map(({ entry }) => JSON.parse(entry) as AuditEntry);
  };

  it('gets its first admin in the empty database, and only one', async () => {
    const admin = await initialise(config(), { name: 'ada', password: plant('password') });
    expect(admin).toMatchObject({ name: 'ada', tenant: 'default', roles: ['admin'], hasPassword: true });
    const again = initialise(config(), { name: 'eve', password: plant('password') });
    await expect(again).rejects.toMatchObject({ code: 'access_denied' });
    const trail = await recorded();
    expect(trail.map(({ action, actorKind, result }) => [action, actorKind, result])).toEqual([
      ['auth.setup', 'system', 'allowed'],
      ['auth.setup', 'system', 'allowed'],
      ['auth.setup', 'system', 'refused'],
    ]);
  });

  it('gets a token to make them with, until there is somebody', async () => {
    const { token, expiresAt } = await issueSetupToken(config());
    expect([token, Date.parse(expiresAt) > Date.now()]).toEqual([expect.stringMatching(/^cc_/), true]);
    await initialise(config(), { name: 'ada', password: plant('password') });
    await expect(issueSetupToken(config())).rejects.toMatchObject({ code: 'access_denied' });
  });

  it.each([
    [{ name: 'ada lovelace', password: 'long enough to be one' }, 'name'],
    [{ name: 'ada', password: 'short' }, 'password'],
  ])('takes neither a bad name nor a bad password: %j', async (asked, field) => {
    await expect(initialise(config(), asked)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field },
    });
  });

  it('is none in local-only mode', async () => {
    const asked = initialise(config('local-only'), { name: 'ada', password: plant('password') });
    await expect(asked).rejects.toMatchObject({ code: 'unsupported' });
  });
});
