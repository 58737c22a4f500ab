import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '#event-store';
import { judge } from '#policy';
import type { PolicyLayer } from '#policy';
import { openMemory } from '../identity/identity.contract.js';
import { IdentitySql } from '../identity/identity-sql.service.js';
import { PostgresPolicies } from './postgres.policies.js';

const ada = { userId: 'ada', roles: ['developer'], permissions: ['task:read'] } as const;

describe('the policy of a tenant', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openMemory();
  }, 60_000);
  afterAll(() => database?.close());

  let tenant: string;
  let told: string[];
  let below: readonly PolicyLayer[];
  let policies: PostgresPolicies;
  const another = () =>
    new PostgresPolicies(new IdentitySql(database.dataSource), {
      local: false,
      below: () => below,
      changed: (name) => void told.push(name),
    });
  beforeEach(() => {
    tenant = crypto.randomUUID();
    told = [];
    below = [];
    policies = another();
  });
  const allows = async (who = policies) => judge(await who.of(tenant), ada).allowed;

  it('is that of the layers below while it has none of its own', async () => {
    expect(await policies.read(tenant)).toEqual({ document: {}, version: 0 });
    expect(await allows()).toBe(true);
    below = [{ name: 'repository', document: { deniedUsers: ['ada'] } }];
    policies.doubt();
    expect(await allows()).toBe(false);
  });

  it('holds at once where it is written, elsewhere when told, and without a word within a second', async () => {
    const hearing = another();
    const untold = another();
    expect([await allows(), await allows(hearing), await allows(untold)]).toEqual([true, true, true]);
    expect(await policies.write(tenant, { deniedUsers: ['ada'] }, { userId: 'root' })).toBe(1);
    expect(told).toEqual([tenant]);
    expect(await allows()).toBe(false);
    hearing.doubt();
    expect(await allows(hearing)).toBe(false);
    await vi.waitFor(async () => expect(await allows(untold)).toBe(false), { timeout: 1_500 });
  });

  it('is of this tenant alone', async () => {
    await policies.write(tenant, { deniedUsers: ['ada'] }, { userId: 'root' });
    expect(judge(await policies.of('another'), ada).allowed).toBe(true);
  });

  it('is replaced only at the version that was read', async () => {
    const by = { userId: 'root' };
    expect(await policies.write(tenant, {}, { ...by, expected: 0 })).toBe(1);
    await expect(policies.write(tenant, {}, { ...by, expected: 0 })).rejects.toMatchObject({
      code: 'version_conflict',
      message: 'the policy is at version 1 by now',
    });
    expect(await policies.write(tenant, { enforceTrust: true }, { ...by, expected: 1 })).toBe(2);
    await expect(policies.write(tenant, {}, { ...by, expected: 7 })).rejects.toMatchObject({
      code: 'version_conflict',
    });
    await expect(policies.write('new', {}, { ...by, expected: 3 })).rejects.toMatchObject({
      code: 'version_conflict',
    });
    expect(await policies.read(tenant)).toEqual({ document: { enforceTrust: true }, version: 2 });
  });

  it('is taken back, for good and everywhere, and its versions only grow', async () => {
    const elsewhere = another();
    await policies.write(tenant, { deniedUsers: ['ada'] }, { userId: 'root' });
    expect(await allows(elsewhere)).toBe(false);
    expect(await policies.reset(tenant, 'operator')).toBe(2);
    elsewhere.doubt();
    expect([await allows(), await allows(elsewhere)]).toEqual([true, true]);
    expect(await policies.read(tenant)).toEqual({ document: {}, version: 2 });
    expect(await policies.write(tenant, { deniedUsers: ['ada'] }, { userId: 'root' })).toBe(3);
    expect(await policies.reset('never had one', 'operator')).toBeNull();
  });

  it('is taken back even where it is no policy any more', async () => {
    await policies.write(tenant, {}, { userId: 'root' });
    const text = `update tenant_policy set document = '{"gone": 1}' where tenant = $1`;
    await database.dataSource.query(text, [tenant]);
    await expect(policies.read(tenant)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await policies.reset(tenant, 'operator')).toBe(2);
    expect((await policies.read(tenant)).document).toEqual({});
  });

  it('is compiled once for each change', async () => {
    const first = await policies.of(tenant);
    policies.doubt();
    expect(await policies.of(tenant)).toBe(first);
    await policies.write(tenant, {}, { userId: 'root' });
    expect(await policies.of(tenant)).not.toBe(first);
  });

  it('is not judged by less than the whole when it cannot be read', async () => {
    const closed = await openMemory();
    const sql = new IdentitySql(closed.dataSource);
    const away = new PostgresPolicies(sql, { local: false, below: () => [], changed: () => {} });
    await closed.close();
    await expect(away.of(tenant)).rejects.toThrow(/./);
  }, 60_000);
});
