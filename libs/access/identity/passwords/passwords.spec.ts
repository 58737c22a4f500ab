import { hash } from '@node-rs/argon2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.js';
import { COMMON_PASSWORDS } from './common-passwords.js';
import { checkPassword } from './password-rules.js';
import { Passwords } from './passwords.service.js';

describe('a new password', () => {
  it.each([
    ['7 characters', 'abcdefg', 'it has 7 characters'],
    ['257 characters', 'ab'.repeat(128) + 'c', 'it has 257 characters'],
    ['a common one', 'Password1', 'most common'],
    ['a common one in capitals', 'TRUSTNO1', 'most common'],
    ['one character', '∆∆∆∆∆∆∆∆∆∆', 'one character'],
    ['the name', 'Ada.Lovelace', 'your name'],
    ['the name with a year', 'adalovelace1815!', 'your name'],
    ['the mailbox', 'countess99', 'your name'],
    ['the product', 'CoderClaw2026', 'your name'],
    ['half a character', 'abcdefgh\ud800', 'well-formed'],
  ])('is refused if it is %s, and is not in the message', (_, password, why) => {
    const names = ['ada.lovelace', 'countess@example.org', undefined];
    expect(() => checkPassword(password, names)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
    expect(() => checkPassword(password, names)).toThrow(why);
    expect(() => checkPassword(password, names)).not.toThrow(password);
  });

  it.each(['abcd efg', 'é'.repeat(4) + 'abcd', '🦀🐙🦑🦞🐡🐠🐟🐬', 'x'.repeat(255) + 'y', 'alllowercase'])(
    'may be %s: no kind of character is demanded',
    (password) => {
      expect(() => checkPassword(password, ['ada'])).not.toThrow();
    },
  );

  it('is compared with 5,000 common ones, all of which the other rules would let pass', () => {
    expect(COMMON_PASSWORDS.size).toBe(5_000);
    for (const password of COMMON_PASSWORDS) expect(password).toMatch(/^[\x21-\x7e]{8,}$/);
  });
});

describe('passwords', () => {
  const passwords = new Passwords();
  const password = `correct horse ${crypto.randomUUID()}`;

  it('are kept as argon2id of 19 MiB and two passes, salted', async () => {
    const [one, other] = await Promise.all([passwords.hash(password), passwords.hash(password)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await passwords.matches(password, one)).toBe(true);
    expect(await passwords.matches(`${password} `, one)).toBe(false);
  });

  it('are taken exactly as typed: no case, form or length is changed', async () => {
    const composed = `café ${password}`;
    const stored = await passwords.hash(composed.normalize('NFC'));
    expect(await passwords.matches(composed.normalize('NFD'), stored)).toBe(false);
    expect(await passwords.matches(composed.toUpperCase(), stored)).toBe(false);
  });

  it('of somebody who does not exist never match, whatever is typed', async () => {
    for (const typed of ['', password, 'x'.repeat(1_000_000)])
      expect(await passwords.matches(typed, null)).toBe(false);
  });

  it('cost the same for somebody who does not exist', async () => {
    const stored = await passwords.hash(password);
    const medianOf = async (hashed: string | null) => {
      const times: number[] = [];
      for (let n = 0; n < 9; n++) {
        const began = performance.now();
        await passwords.matches('some other password', hashed);
        times.push(performance.now() - began);
      }
      return times.toSorted((a, b) => a - b)[4] ?? 0;
    };
    const [known, unknown] = [await medianOf(stored), await medianOf(null)];
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
  });

  it('are known to be kept at an older cost', async () => {
    const old = await hash(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    expect(passwords.isOutdated(old)).toBe(true);
    expect(passwords.isOutdated(await passwords.rehash(password))).toBe(false);
  });

  it('are hashed two at once, and no more than 32 wait', async () => {
    const asked = Array.from({ length: 40 }, () => passwords.matches(password, null));
    const settled = await Promise.allSettled(asked);
    const refused = settled.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(40 - 2 - 32);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 1 } });
  });
});

describe('a bounded queue', () => {
  it('never runs more than it may, and runs all it took, failing ones too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (works) => {
        const queue = new BoundedQueue({ running: 2, waiting: 30 });
        let running = 0;
        let most = 0;
        const asked = works.map((succeeds) =>
          queue.run(async () => {
            most = Math.max(most, ++running);
            await new Promise(setImmediate);
            running--;
            if (!succeeds) throw new Error('failed');
          }),
        );
        const settled = await Promise.allSettled(asked);
        expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(works);
        expect(most).toBeLessThanOrEqual(2);
      }),
      { numRuns: 30 },
    );
  });
});
