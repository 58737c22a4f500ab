import { describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import { refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { MAX_KEYS, memoryKeySchema, preconditionOf } from './memory-entry.js';
import { SessionMemory } from './session-memory.service.js';

describe('the condition of a write', () => {
  it.each([
    [{}, {}],
    [{ ifMatch: '"7"' }, { ifMatch: 7 }],
    [{ ifMatch: ' * ' }, { ifMatch: '*' }],
    [{ ifNoneMatch: '*' }, { ifNoneMatch: '*' }],
  ])('%j is read as %j', (headers, condition) => {
    expect(preconditionOf(headers)).toEqual(condition);
  });

  it.each([
    { ifMatch: '7' },
    { ifMatch: 'W/"7"' },
    { ifMatch: '"7", "8"' },
    { ifMatch: '' },
    { ifNoneMatch: '"7"' },
  ])('%j is refused, not ignored', (headers) => {
    expect(() => preconditionOf(headers)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('a key', () => {
  it.each(['', 'x'.repeat(257), 'a\0b', '\ud800'])('cannot be %j', (key) => {
    expect(memoryKeySchema.safeParse(key).success).toBe(false);
  });

  it.each(['a', '../../etc/passwd', '__proto__', 'é'.repeat(128), "'; drop table session_memory; --"])(
    'can be %j',
    (key) => {
      expect(memoryKeySchema.safeParse(key).success).toBe(true);
    },
  );
});

describe.each(DATABASES)('what a session remembers, on %s,', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let memory: SessionMemory;

  identityBefore(open, (opened, on) => {
    identity = opened;
    database = on;
    memory = identity.app.get(SessionMemory);
  });

  let places = 0;
  const aPlace = (key = 'k') => ({ tenant: 'here', sessionId: `s${++places}`, key });

  it.each([[{ a: [1, null, 'é'] }], ['a text\n'], [0], [null], [false], [[]]])(
    'is what was written: %j',
    async (value) => {
      const place = aPlace();
      const { version } = await memory.put(place, value);
      expect(await memory.get(place)).toMatchObject({ key: 'k', value, version });
    },
  );

  it('begins at version 1 and never has a version twice, also after it was forgotten', async () => {
    const place = aPlace();
    expect((await memory.put(place, 1)).version).toBe(1);
    const versions = [1, (await memory.put(place, 2)).version];
    await memory.delete(place);
    versions.push(
      (await memory.put(place, 3)).version,
      (await memory.put({ ...place, key: 'other' }, 3)).version,
    );
    expect(new Set(versions).size).toBe(4);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('is written only where the condition holds, which names the version that is there', async () => {
    const place = aPlace();
    expect(await refusal(memory.put(place, 1, { ifMatch: 1 }))).toContain(
      'version_conflict: there is no value',
    );
    expect(await refusal(memory.put(place, 1, { ifMatch: '*' }))).toContain('version_conflict');
    const { version } = await memory.put(place, 1, { ifNoneMatch: '*' });
    expect(await refusal(memory.put(place, 2, { ifNoneMatch: '*' }))).toContain(
      `already, at version ${version}`,
    );
    const next = await memory.put(place, 2, { ifMatch: version });
    expect(await refusal(memory.put(place, 3, { ifMatch: version }))).toContain(
      `is at version ${next.version}`,
    );
    expect(await refusal(memory.delete(place, { ifMatch: version }))).toContain('version_conflict');
    expect(await memory.get(place)).toMatchObject({ value: 2 });
    await memory.delete(place, { ifMatch: next.version });
    expect(await refusal(memory.get(place))).toContain('not_found');
    expect(await refusal(memory.delete(place))).toContain('not_found');
  });

  it('is won by one of many who write at once on the same version', async () => {
    const place = aPlace();
    let { version } = await memory.put(place, 0);
    for (let round = 1; round <= 5; round++) {
      const tried = await Promise.allSettled(
        [1, 2, 3, 4].map(() => memory.put(place, round, { ifMatch: version })),
      );
      const won = tried.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      expect(won).toHaveLength(1);
      version = won[0]?.version ?? 0;
    }
    const created = await Promise.allSettled(
      [1, 2, 3].map((n) => memory.put(aPlaceIn(place), n, { ifNoneMatch: '*' })),
    );
    expect(created.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
  const aPlaceIn = (place: ReturnType<typeof aPlace>) => ({ ...place, key: 'new' });

  it('is of one session and one tenant', async () => {
    const place = aPlace();
    await memory.put(place, 'mine');
    for (const other of [
      { ...place, sessionId: 'other' },
      { ...place, tenant: 'there' },
    ]) {
      expect(await refusal(memory.get(other))).toContain('not_found');
      expect(await memory.list(other)).toEqual([]);
      expect(await refusal(memory.delete(other))).toContain('not_found');
      await memory.put(other, 'theirs', { ifNoneMatch: '*' });
      await memory.delete(other);
    }
    expect(await memory.get(place)).toMatchObject({ value: 'mine' });
  });

  it('has values of 64 KiB and no more, counted as they are, not as they are kept', async () => {
    const place = aPlace();
    await memory.put(place, '\n'.repeat(64 * 1024));
    expect(await refusal(memory.put(place, 'x'.repeat(64 * 1024 + 1)))).toContain('payload_too_large');
    expect(await refusal(memory.put(place, { x: 'é'.repeat(32 * 1024) }))).toContain('payload_too_large');
    expect(await memory.list(place)).toMatchObject([{ key: 'k', bytes: 65_536 }]);
  });

  it('is 1 MiB in all and no more, however much is written at once', async () => {
    const place = aPlace();
    const full = 'x'.repeat(64 * 1024);
    const tried = await Promise.allSettled(
      Array.from({ length: 20 }, (__, n) => memory.put({ ...place, key: `k${n}` }, full)),
    );
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
    const [kept] = await memory.list(place);
    await memory.put({ ...place, key: kept?.key ?? '' }, full); // replaced, not added
    await memory.delete({ ...place, key: kept?.key ?? '' });
    await memory.put({ ...place, key: 'again' }, full);
  });

  it('has a thousand keys and no more', async () => {
    const place = aPlace('one more');
    await database.dataSource.query(
      `insert into session_memory (tenant, session_id, key, version, value, bytes, changed_at)
       select $1, $2, 'k' || n, 1, '1', 1, now() from generate_series(1, $3::int) n`,
      [place.tenant, place.sessionId, MAX_KEYS],
    );
    expect(await refusal(memory.put(place, 1))).toContain(
      'payload_too_large: the session remembers 1000 keys',
    );
    await memory.put({ ...place, key: 'k1' }, 2);
  });
});
