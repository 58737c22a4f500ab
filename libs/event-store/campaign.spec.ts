import { expect, it } from 'vitest';
import type { Stop } from '#contract';
import { Campaign } from './campaign.js';

const TIMES = { ttlMs: 150, renewMs: 20, pollMs: 20 };

it('stops leading by itself when it cannot renew before its term is over', async () => {
  let asked = 0;
  const claim = async (): Promise<boolean> => {
    if (asked++ === 0) return true;
    throw new Error('the database is away');
  };
  const begun = performance.now();
  let stop: Stop | undefined;
  const ledMs = await new Promise<number>((ended) => {
    const lead = async () => async () => ended(performance.now() - begun);
    void new Campaign(TIMES, { claim, resign: async () => undefined, lead })
      .begin()
      .then((given) => (stop = given));
  });
  await stop?.();
  expect(ledMs).toBeGreaterThan(100);
  expect(asked).toBeGreaterThan(2);
});

it('does not lead again before its earlier reign has ended', async () => {
  const log: string[] = [];
  let held = true;
  const stop = await new Campaign(TIMES, {
    claim: async () => held,
    resign: async () => undefined,
    lead: async () => {
      log.push('lead');
      return () =>
        new Promise<void>((resolve) => {
          held = true; // it could lead again, but this reign still winds up
          log.push('stopping');
          setImmediate(() => {
            log.push('stopped');
            resolve();
          });
        });
    },
  }).begin();
  await expect.poll(() => log).toEqual(['lead']);
  held = false;
  await expect.poll(() => log.length).toBeGreaterThanOrEqual(4);
  expect(log.slice(0, 4)).toEqual(['lead', 'stopping', 'stopped', 'lead']);
  await stop();
});
