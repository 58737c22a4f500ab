import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilentLogger, SystemClock } from '#contract';
import { AlarmClock } from './alarm-clock.js';
import { BATCH, ringAll } from './alarm.js';
import type { Alarm } from './alarm.js';

/** Things that are due at times, each done once unless it fails. */
class Things implements Alarm {
  readonly times = new Map<string, number>();
  readonly done: (readonly [string, number])[] = [];
  readonly failing = new Set<string>();
  looks = 0;
  away = false;

  in(id: string, ms: number): void {
    this.times.set(id, Date.now() + ms);
  }

  async ring(now: string) {
    this.looks++;
    if (this.away) throw new Error('the database is away');
    const items = [...this.times].toSorted(([, a], [, b]) => a - b).slice(0, BATCH);
    return ringAll(items, ([, at]) => new Date(at).toISOString(), {
      now,
      failed: () => undefined,
      done: async ([id]) => {
        if (this.failing.has(id)) throw new Error('not now');
        this.done.push([id, Date.now()]);
        return this.times.delete(id);
      },
    });
  }
}

describe('the alarm clock', () => {
  let things: Things;
  let clock: AlarmClock;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
    things = new Things();
    clock = new AlarmClock({ alarms: [things], clock: new SystemClock(), logger: new SilentLogger() });
  });
  afterEach(async () => {
    await clock.stop();
    vi.useRealTimers();
  });
  const begin = async () => {
    clock.start();
    await vi.advanceTimersByTimeAsync(0);
  };
  const ids = () => things.done.map(([id]) => id);

  it('does at once what became due while nobody looked', async () => {
    things.in('overdue', -60_000);
    await begin();
    expect(ids()).toEqual(['overdue']);
  });

  it('does each thing at its time, not before and not much later', async () => {
    for (const ms of [1_500, 700, 300_000]) things.in(String(ms), ms);
    const began = Date.now();
    await begin();
    await vi.advanceTimersByTimeAsync(300_100);
    const late = things.done.map(([id, at]) => at - began - Number(id));
    expect(ids()).toEqual(['700', '1500', '300000']);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(2);
  });

  it('hears of a sooner time, and looks once for a thousand hints', async () => {
    await begin();
    const before = things.looks;
    things.in('soon', 150);
    for (let i = 0; i < 1_000; i++) clock.hint();
    await vi.advanceTimersByTimeAsync(152);
    expect(ids()).toEqual(['soon']);
    expect(things.looks - before).toBeLessThanOrEqual(3);
  });

  it('finds by itself what no hint told it of', async () => {
    await begin();
    things.in('quiet', 10);
    await vi.advanceTimersByTimeAsync(5_001);
    expect(ids()).toEqual(['quiet']);
  });

  it('does thousands that are due together', async () => {
    for (let i = 0; i < 2_345; i++) things.in(String(i), -1);
    await begin();
    await vi.waitFor(() => expect(new Set(ids()).size).toBe(2_345));
  });

  it('is not held up by one that fails, and tries it again', async () => {
    things.in('fails', 0);
    things.in('works', 5);
    things.failing.add('fails');
    await begin();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(ids()).toEqual(['works']);
    things.failing.clear();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(ids()).toEqual(['works', 'fails']);
    expect(things.looks).toBeLessThan(10);
  });

  it('goes on when the database was away', async () => {
    things.away = true;
    things.in('later', 10);
    await begin();
    await vi.advanceTimersByTimeAsync(3_500);
    things.away = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ids()).toEqual(['later']);
    expect(things.looks).toBeLessThan(10);
  });

  it('does nothing after it was stopped', async () => {
    await begin();
    await clock.stop();
    things.in('after', 0);
    clock.hint();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ids()).toEqual([]);
  });
});
