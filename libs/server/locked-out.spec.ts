import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract';
import { MemoryPolicies, MemoryWaysIn } from '#test/access';
import { initialise } from './initialise.js';
import { keepingDoorOpen } from './keeping-door-open.js';
import { aRemoteServer } from './remote-server.contract.js';
import type { RemoteServer } from './remote-server.contract.js';
import { resetPolicy } from './reset-policy.js';

const naming = (...providers: string[]) => ({ identity: { providers } });

describe('a policy that would let nobody sign in', () => {
  let server: RemoteServer;
  let database: Client;
  beforeAll(async () => {
    server = await aRemoteServer();
    await initialise(server.config(), server.admin);
    database = new Client({ connectionString: server.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await server.close();
  });

  const file = () => join(server.config().workspace, '.coderClaw', 'security.yaml');
  const signIn = async () =>
    (await server.send('POST', '/v1/auth/local', { json: server.admin })).body['accessToken'];
  const stored = (policy: object) =>
    database.query(
      `insert into tenant_policy values ('default', $1, 1, 'root', now())
       on conflict (tenant) do update set document = excluded.document, version = tenant_policy.version + 1`,
      [JSON.stringify(policy)],
    );
  const audited = async (action: string) => {
    const { rows } = await database.query<{ entry: string }>('select entry from audit order by position');
    return rows
      .map(({ entry }) => JSON.parse(entry) as AuditEntry)
      .filter((entry) => entry.action === action);
  };

  it('keeps a server from starting where a file says so, and is told by line and column', async () => {
    writeFileSync(file(), 'identity: { providers: [github] }\n');
    await expect(server.start()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(
        /security\.yaml:1:25: .*github is not set up.*identity\.github/,
      ) as string,
    });
    writeFileSync(file(), '');
  });

  it('keeps a server from starting where it is stored, until it is taken back at the machine', async () => {
    await stored(naming('github'));
    await expect(server.start()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('nobody of default could sign in') as string,
      details: { hint: expect.stringContaining('coderclaw policy reset') as string },
    });
    const { rows } = await database.query<{ version: number }>('select version from tenant_policy');
    expect(await resetPolicy(server.config(), 'default')).toEqual({
      tenant: 'default',
      version: (rows[0]?.version ?? 0) + 1,
    });
    await server.start();
    expect(await signIn()).toMatch(/^cc_at_/);
  });

  it('is on record as taken back by whoever did it at the machine, also where there was none', async () => {
    await expect(resetPolicy(server.config(), 'nosuch')).rejects.toMatchObject({
      code: 'not_found',
      details: { field: '--tenant' },
    });
    const trail = await audited('policy.reset');
    expect(trail.map(({ tenant, actorKind, result, rule }) => [tenant, actorKind, result, rule])).toEqual([
      ['default', 'system', 'allowed', 'coderclaw policy reset'],
      ['nosuch', 'system', 'allowed', 'coderclaw policy reset'],
      ['nosuch', 'system', 'refused', 'coderclaw policy reset'],
    ]);
  });

  it('is not taken from an admin, who is told what would set the provider up, and signs in as before', async () => {
    const sent = { token: await signIn(), json: naming('local', 'oidc') };
    const { status, body } = await server.send('PUT', '/v1/policy', sent);
    expect([status, body]).toEqual([
      409,
      expect.objectContaining({
        code: 'illegal_transition',
        field: 'identity.providers.1',
        detail: expect.stringMatching(
          /oidc is not set up.*set identity\.oidc in \.coderClaw\/runtime\.yaml/,
        ) as string,
      }),
    ]);
    expect((await audited('policy.change')).map(({ result }) => result)).toEqual(['allowed', 'refused']);
    expect(await signIn()).toMatch(/^cc_at_/);
  });
});

it('files that leave no way in common with the tenant’s policy do not come to hold', async () => {
  const policies = new MemoryPolicies();
  await policies.write('default', { identity: { providers: ['local'] } });
  const accept = keepingDoorOpen(policies, new MemoryWaysIn(['local', 'oidc']), { local: false });
  const file = (...providers: ('local' | 'oidc')[]) =>
    accept([{ name: 'repository', document: { identity: { providers } } }]);
  await expect(file('oidc')).rejects.toMatchObject({ code: 'illegal_transition' });
  await expect(file('oidc', 'local')).resolves.toBeUndefined();
  await expect(accept([])).resolves.toBeUndefined();
});
