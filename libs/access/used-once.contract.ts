import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsedOnce } from './used-once.js';
import { SetClock } from './set-clock.contract.js';

export type OpenedUsedOnce = Readonly<{
  /** As two processes see it; one twice, where only one can. */
  seenBy: readonly [UsedOnce, UsedOnce];
  close(): Promise<void>;
}>;

/** What every memory of used keys promises. */
export function usedOnceContract(name: string, open: (clock: SetClock) => Promise<OpenedUsedOnce>): void {
  describe(`${name}, as a memory of used keys`, () => {
    const clock = new SetClock('2026-01-01T00:00:00Z');
    let opened: OpenedUsedOnce;
    beforeAll(async () => {
      opened = await open(clock);
    });
    afterAll(() => opened?.close());
    const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000);

    it('lets a key in once, and tells kinds and keys apart', async () => {
      const [one, other] = opened.seenBy;
      expect(await one.first('a', 'b c', inSeconds(60))).toBe(true);
      expect(await one.first('a', 'b c', inSeconds(60))).toBe(false);
      expect(await other.first('a', 'b c', inSeconds(60))).toBe(false);
      expect(await other.first('a b', 'c', inSeconds(60))).toBe(true);
      expect(await other.first('a', 'B c', inSeconds(60))).toBe(true);
    });

    it('forgets a key when it is over and not a moment before, and remembers it anew', async () => {
      const [one, other] = opened.seenBy;
      expect(await one.first('over', 'k', inSeconds(60))).toBe(true);
      clock.pass(59_999);
      expect(await other.first('over', 'k', inSeconds(60))).toBe(false);
      clock.pass(1);
      expect(await other.first('over', 'k', inSeconds(60))).toBe(true);
      expect(await one.first('over', 'k', inSeconds(60))).toBe(false);
    });

    it('has one first among many who race, in one process and in two', async () => {
      for (let round = 0; round < 20; round++) {
        const asked = Array.from({ length: 30 }, (_, i) => {
          const who = opened.seenBy[i % 2 === 0 ? 0 : 1];
          const key = `${i % 3}`;
          return who.first(`race ${round}`, key, inSeconds(60)).then((first) => ({ key, first }));
        });
        const firsts = (await Promise.all(asked)).filter(({ first }) => first).map(({ key }) => key);
        expect(firsts.toSorted()).toEqual(['0', '1', '2']);
      }
    });

    it.each([
      ['a NUL', 'a\0b'],
      ['half a character', '\ud800'],
      ['ten thousand characters', 'x'.repeat(10_000)],
      ['a quote', `'); drop table used_once; --`],
      ['nothing', ''],
      ['a name of an object', '__proto__'],
    ])('takes any key, such as %s', async (_, key) => {
      const [one, other] = opened.seenBy;
      expect(await one.first('any', key, inSeconds(60))).toBe(true);
      expect(await other.first('any', key, inSeconds(60))).toBe(false);
    });
  });
}
