import { describe, expect, it } from 'vitest';
import { HandClock } from '../identity.contract.js';
import { KnownBlocks, blocked } from './known-blocks.js';

describe('what a process knows of blocked keys', () => {
  it('has many who try at once ask one after the other, and stop at the first block', async () => {
    const clock = new HandClock();
    const blocks = new KnownBlocks(clock);
    let [asked, asking, most] = [0, 0, 0];
    const ask = async () => {
      most = Math.max(most, ++asking);
      await new Promise(setImmediate);
      asking--;
      if (++asked <= 5) return;
      blocks.remember('k', new Date(clock.now().getTime() + 60_000));
      throw blocked(60_000);
    };
    const tried = await Promise.allSettled(Array.from({ length: 1_000 }, () => blocks.oneAtATime('k', ask)));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect([asked, most]).toEqual([6, 1]);
  });

  it('keeps nobody else waiting', async () => {
    const blocks = new KnownBlocks(new HandClock());
    const never = blocks.oneAtATime('slow', () => new Promise(() => undefined));
    await blocks.oneAtATime('k', () => Promise.resolve());
    expect(await Promise.race([never.then(() => 'answered'), Promise.resolve('waits')])).toBe('waits');
  });

  it('is believed for a second, then asked for anew: another process may have lifted it', async () => {
    const clock = new HandClock();
    const blocks = new KnownBlocks(clock);
    blocks.remember('k', new Date(clock.now().getTime() + 60_000));
    const admitted = () => blocks.oneAtATime('k', () => Promise.resolve());
    await expect(admitted()).rejects.toMatchObject({
      code: 'rate_limited',
      details: { retryAfterSeconds: 60 },
    });
    clock.advance(1_000);
    await admitted();
  });

  it('is not stopped by a question that fails', async () => {
    const blocks = new KnownBlocks(new HandClock());
    const away = blocks.oneAtATime('k', () => Promise.reject(new Error('the database is away')));
    const next = blocks.oneAtATime('k', () => Promise.resolve());
    await expect(away).rejects.toThrow('away');
    await expect(next).resolves.toBeUndefined();
  });
});
