import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '#contract';
import type { Database } from '#event-store';
import { compilePolicy } from '#policy';
import type { IdentityProvider } from '#policy';
import { MemoryWaysIn } from '#test/access';
import { plant } from '#test/planted-secrets';
import { HandClock, openMemory } from '../identity/identity.contract.js';
import { IdentitySql } from '../identity/identity-sql.service.js';
import { PostgresWaysIn } from './postgres.ways-in.js';
import { namesNoWay, shutDoor } from './ways-in.js';

const LAYERS = ['tenant', 'repository'] as const;

/** Why nobody could sign in under layers that name these. */
async function whyShut(ways: MemoryWaysIn, ...lists: readonly IdentityProvider[][]) {
  const layers = lists.map((providers, at) => ({
    name: LAYERS[at] ?? 'repository',
    document: { identity: { providers } },
  }));
  return (await shutDoor(compilePolicy(layers, { local: false }), 't', ways))?.message;
}

describe('a policy that says how to sign in', () => {
  const ways = new MemoryWaysIn(['local', 'oidc']);

  it('names no provider that nobody set up, and is told where to set it up', () => {
    expect(namesNoWay({ identity: { providers: ['oidc', 'github'] } }, ways)).toMatchObject({
      message: expect.stringMatching(
        /github is not set up.*set identity\.github in \.coderClaw\/runtime\.yaml/,
      ),
      details: { field: 'identity.providers.1' },
    });
    expect(namesNoWay({ identity: { providers: ['local', 'oidc'] } }, ways)).toBeUndefined();
    expect(namesNoWay({}, ways)).toBeUndefined();
  });

  it('leaves a way in that is set up', async () => {
    expect(await whyShut(ways, ['oidc'])).toBeUndefined();
    expect(await whyShut(ways, ['oidc', 'github'], ['oidc'])).toBeUndefined();
    expect(await whyShut(ways, [])).toBeUndefined();
    expect(await whyShut(ways, ['github'])).toMatch(/\(github\) none is; set up here: local, oidc$/);
    expect(await whyShut(ways, ['oidc'], ['local'])).toContain('no provider in common');
  });

  it('leaves passwords alone only where somebody has one', async () => {
    expect(await whyShut(ways, ['local'])).toBeUndefined();
    expect(await whyShut(new MemoryWaysIn(['local', 'oidc'], false), ['local'])).toContain(
      'nobody has a password',
    );
  });

  it('shuts out nobody where nobody signs in', async () => {
    const local = new MemoryWaysIn();
    expect(namesNoWay({ identity: { providers: ['github'] } }, local)).toBeUndefined();
    expect(await whyShut(local, ['github'])).toBeUndefined();
  });
});

describe('the passwords of a tenant', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openMemory();
  }, 60_000);
  afterAll(() => database?.close());

  const clock = new HandClock();
  const has = (tenant: string) =>
    new PostgresWaysIn(['local'], new IdentitySql(database.dataSource), clock).hasPassword(tenant);
  const run = (text: string, ...values: unknown[]) => database.dataSource.query(text, values);
  const user = async (tenant: string, more: { hash?: string; disabled?: Date } = {}): Promise<string> => {
    const id = crypto.randomUUID();
    const text = `insert into app_user (id, tenant, name, roles, password_hash, disabled_at, created_at)
      values ($1, $2, $5, '[]', $3, $4, now())`;
    await run(text, id, tenant, more.hash ?? null, more.disabled ?? null, `u-${id}`);
    return id;
  };
  const token = (kind: string, userId: string | null, expiresAt: Date) =>
    run(`insert into one_time_token values ($1, $2, $3, $4)`, plant('token'), kind, userId, expiresAt);
  const soon = new Date(clock.now().getTime() + 60_000);
  const past = new Date(clock.now().getTime() - 60_000);

  beforeEach(async () => {
    await run('delete from app_user');
    await run('delete from one_time_token');
  });

  it('are of whoever has one and is not disabled', async () => {
    await user('a');
    await user('a', { hash: plant('password'), disabled: past });
    await user('b', { hash: plant('password') });
    expect([await has('a'), await has('b')]).toEqual([false, true]);
  });

  it('may yet be chosen: by a token that is not over', async () => {
    await token('reset', await user('a'), past);
    await token('reset', await user('b'), soon);
    expect([await has('a'), await has('b')]).toEqual([false, true]);
  });

  it('may yet be chosen: by the first admin, while there is nobody', async () => {
    await token('setup', null, soon);
    expect([await has(DEFAULT_TENANT), await has('a')]).toEqual([true, false]);
    await user('a');
    expect(await has(DEFAULT_TENANT)).toBe(false);
  });
});
