import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import { HandClock, aUser, identityOver, openMemory, refusal } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { Sessions } from './sessions.service.js';
import type { BeginSession } from './sessions.service.js';

describe('a session', () => {
  let database: Database;
  let identity: IdentityProcess;
  const clock = new HandClock();

  beforeAll(async () => {
    database = await openMemory();
    identity = await identityOver(database, { clock });
  }, 60_000);

  afterAll(async () => {
    await identity?.close();
    await database?.close();
  });

  const begin = (asked: Omit<BeginSession, 'issuer'>) =>
    identity.app.get(Sessions).begin({ issuer: 'local', ...asked });
  const found = (id: string) => identity.app.get(Sessions).find('default', id);

  it('is resumed with the roles it was begun with: naming others changes nothing, and is refused', async () => {
    const user = await aUser(identity, { roles: ['developer', 'readonly'] });
    const narrow = await begin({ user, roles: ['readonly'] });
    const wide = await begin({ user });
    const again = (resume: string, roles?: readonly string[]) => begin({ user, resume, roles });
    expect(await again(narrow.id)).toMatchObject({ roles: ['readonly'] });
    expect(await again(narrow.id, ['readonly'])).toMatchObject({ roles: ['readonly'] });
    expect(await again(wide.id, ['readonly', 'developer'])).toMatchObject({ id: wide.id });
    clock.advance(1_000);
    expect(await refusal(again(wide.id, ['readonly']))).toBe(
      `invalid_request: session ${wide.id} has the roles developer, readonly, not readonly`,
    );
    expect(await refusal(again(narrow.id, ['readonly', 'developer']))).toContain('has the roles readonly');
    expect(await refusal(again(narrow.id, []))).toContain('not none');
    expect(await refusal(again(narrow.id, ['admin']))).toContain('access_denied: admin');
    expect(await found(narrow.id)).toMatchObject({ roles: ['readonly'] });
    expect((await found(wide.id))?.lastUsedAt).not.toBe(clock.now().toISOString()); // and was not used
  });
});
