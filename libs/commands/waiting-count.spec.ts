import { expect, it } from 'vitest';
import { WaitingCount } from './waiting-count.js';

it('knows what was counted, and adds what was let in since or while it was counted', () => {
  const count = new WaitingCount();
  expect(count.ageMs(0)).toBe(Infinity);
  count.add('t');
  count.begin();
  count.add('t');
  expect(count.of('t')).toBe(2);
  count.end(
    new Map([
      ['t', 10],
      ['u', 5],
    ]),
    100,
  );
  expect([count.of('t'), count.of('u'), count.of('nobody'), count.ofAll()]).toEqual([11, 5, 0, 16]);
  expect(count.ageMs(150)).toBe(50);
  count.add('nobody');
  count.begin();
  expect([count.of('nobody'), count.ofAll()]).toEqual([1, 17]);
  count.end(new Map([['nobody', 1]]), 200);
  expect([count.of('t'), count.of('nobody'), count.ofAll()]).toEqual([0, 1, 1]);
});
