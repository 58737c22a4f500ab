import { describe, expect, it, vi } from 'vitest';
import type { Database } from '#event-store';
import { HandClock, aUser, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { Authenticator } from '../sessions/authenticator.js';
import { Users } from '../users/users.service.js';
import { machineTokenSchema } from './machine-token.js';
import { MachineTokens } from './machine-tokens.service.js';

const DAY_MS = 24 * 60 * 60_000;

describe.each(DATABASES)('machine tokens on %s', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let tokens: MachineTokens;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened, on) => {
      identity = opened;
      database = on;
      tokens = identity.app.get(MachineTokens);
      identity.policies.set({
        roles: {
          root: { permissions: ['admin:all'] },
          heir: { inherits: 'root' },
          plain: { permissions: ['task:read'] },
        },
      });
    },
    { clock },
  );

  const inDays = (days: number) => new Date(clock.now().getTime() + days * DAY_MS).toISOString();
  const asked = (more: object = {}) => ({ name: 'deploy', expiresAt: inDays(30), ...more });
  const knock = (token: string, scheme = 'Bearer', proof?: string) =>
    identity.app.get(Authenticator).authenticate({
      authorization: `${scheme} ${token}`,
      proof,
      method: 'POST',
      url: 'https://mesh.example/v1/tasks',
      address: '192.0.2.1',
      local: false,
    });
  const roles = ['developer', 'admin', 'root', 'heir', 'plain'];

  it('let in, with a session of their own, narrowed to their scope', async () => {
    const owner = await aUser(identity, { roles });
    const made = await tokens.create(
      owner,
      owner.roles,
      asked({ roles: ['developer'], scope: ['task:read'] }),
    );
    expect(made.token).toMatch(/^cc_pat_[\w-]{49}$/);
    expect(await knock(made.token)).toMatchObject({
      id: owner.id,
      sessionId: made.id,
      roles: ['developer'],
      scope: ['task:read'],
      trust: 'untrusted',
      issuer: 'token',
    });
    expect(JSON.stringify(await database.dataSource.query('select * from machine_token'))).not.toContain(
      made.token,
    );
    expect(JSON.stringify(await tokens.list('default', owner.id))).not.toContain(made.token);
  });

  it('are never admin, though a role of theirs comes to grant everything', async () => {
    const owner = await aUser(identity, { roles });
    const made = await tokens.create(owner, owner.roles, asked({ roles: ['plain'] }));
    const { scope } = await knock(made.token);
    expect(scope).toContain('task:read');
    expect(scope).not.toContain('admin:all');
  });

  it('never have a role that grants everything, nor one that is not the owner’s', async () => {
    const owner = await aUser(identity, { roles });
    for (const role of ['admin', 'root', 'heir'])
      expect(await refusal(tokens.create(owner, owner.roles, asked({ roles: [role] })))).toContain(
        `access_denied: roles: ${role}: a token is never admin`,
      );
    expect(await refusal(tokens.create(owner, ['plain'], asked({ roles: ['developer'] })))).toContain(
      'not among your roles',
    );
    expect(await refusal(tokens.create(owner, owner.roles, asked({ scope: ['admin:all'] })))).toContain(
      'scope',
    );
    expect((await tokens.create(owner, owner.roles, asked())).roles).toEqual(['developer', 'plain']);
  });

  it('lose a role as their owner does', async () => {
    const owner = await aUser(identity, { roles: ['developer', 'plain'] });
    const { token } = await tokens.create(owner, owner.roles, asked());
    await identity.app.get(Users).change('default', owner.id, { roles: ['plain'] });
    expect(await knock(token)).toMatchObject({ roles: ['plain'] });
  });

  it.each([
    ['yesterday', -1],
    ['now', 0],
    ['in 367 days', 367],
  ])('cannot last until %s', async (__, days) => {
    const owner = await aUser(identity);
    const made = tokens.create(owner, owner.roles, asked({ expiresAt: inDays(days) }));
    expect(await refusal(made)).toContain('invalid_request: expiresAt');
  });

  it('must say when they expire, and what they are called', () => {
    expect(machineTokenSchema.safeParse({ name: 'x' }).success).toBe(false);
    expect(machineTokenSchema.safeParse({ expiresAt: inDays(1) }).success).toBe(false);
    expect(machineTokenSchema.safeParse({ name: ' ', expiresAt: inDays(1) }).success).toBe(false);
    expect(machineTokenSchema.safeParse(asked({ scope: [] })).success).toBe(false);
  });

  it('end when they expire, are revoked, or their owner is disabled', async () => {
    const owner = await aUser(identity);
    const [short, revoked, orphan] = [
      await tokens.create(owner, owner.roles, asked({ expiresAt: inDays(1) })),
      await tokens.create(owner, owner.roles, asked()),
      await tokens.create(owner, owner.roles, asked()),
    ];
    expect(await refusal(tokens.revoke('other', revoked.id))).toContain('not_found');
    await tokens.revoke('default', revoked.id);
    expect(await refusal(knock(revoked.token))).toContain('has ended (revoked)');
    expect(await refusal(tokens.revoke('default', revoked.id))).toContain('not_found');
    clock.advance(DAY_MS);
    expect(await refusal(knock(short.token))).toContain('has expired');
    expect((await tokens.list('default', owner.id)).map(({ id }) => id)).toEqual([orphan.id]);
    await identity.app.get(Users).change('default', owner.id, { disabled: true });
    expect(await refusal(knock(orphan.token))).toContain('disabled');
    expect(await tokens.list('default', owner.id)).toEqual([]);
  });

  it('bound to a key let nobody in without it', async () => {
    const owner = await aUser(identity);
    const { token } = await tokens.create(owner, owner.roles, asked({ jkt: 'k' }));
    expect(await refusal(knock(token))).toContain('no proof came with it');
    const proof = 'k POST https://mesh.example/v1/tasks';
    expect(await knock(token, 'DPoP', proof)).toMatchObject({ id: owner.id });
  });

  it('say when they were used last, to the minute', async () => {
    const owner = await aUser(identity);
    const { token, id } = await tokens.create(owner, owner.roles, asked());
    expect(await tokens.get('default', id)).not.toHaveProperty('lastUsedAt');
    const first = clock.now().toISOString();
    const lastUse = async () => (await tokens.get('default', id)).lastUsedAt;
    await knock(token);
    await vi.waitFor(async () => expect(await lastUse()).toBe(first));
    clock.advance(30_000);
    await knock(token);
    clock.advance(30_000);
    await knock(token);
    await vi.waitFor(async () => expect(await lastUse()).toBe(clock.now().toISOString()));
  });
});
