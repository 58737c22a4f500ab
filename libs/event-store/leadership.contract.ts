import { once, EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leadership } from './leadership.js';

export type OpenedLeadership = Readonly<{
  candidates: readonly [Leadership, Leadership];
  close(): Promise<void>;
}>;

/** What every leadership promises. */
export function leadershipContract(name: string, open: () => Promise<OpenedLeadership>): void {
  describe(`${name}, as a leadership`, () => {
    let opened: OpenedLeadership;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    it('has one leader at a time, and a successor after each that stops', async () => {
      const events = new EventEmitter();
      let leading = 0;
      let most = 0;
      const leadAs = (who: number) => async () => {
        most = Math.max(most, ++leading);
        events.emit('led', who);
        return async () => void leading--;
      };
      const order: number[] = [];
      events.on('led', (who: number) => order.push(who));
      const [a, b] = opened.candidates;
      const stopA = await a.campaign('one', leadAs(0));
      if (order.length === 0) await once(events, 'led');
      const stopB = await b.campaign('one', leadAs(1));
      const succeeded = once(events, 'led');
      await stopA();
      await succeeded;
      const stopAgain = await a.campaign('one', leadAs(0));
      const third = once(events, 'led');
      await stopB();
      await third;
      await stopAgain();
      await stopAgain();
      expect(order).toEqual([0, 1, 0]);
      expect([most, leading]).toEqual([1, 0]);
    });

    it('lets another lead where one cannot begin, and keeps terms of other names apart', async () => {
      const [a, b] = opened.candidates;
      const stopFailing = await a.campaign('two', () => Promise.reject(new Error('cannot begin')));
      const led = new EventEmitter();
      const begun = once(led, 'led');
      const stopOther = await b.campaign('two', async () => {
        led.emit('led');
        return async () => undefined;
      });
      await begun;
      await Promise.all([stopFailing(), stopOther()]);
      expect(led.listenerCount('led')).toBe(0);
    });
  });
}
