import { expect, it } from 'vitest';
import type { Stored } from './event-store.js';
import { SnapshotCache } from './snapshot-cache.js';

const snapshot = (taskId: string, version = 1) => ({ taskId, task: { version } }) as Stored;

it('remembers at least the half of its entries that were used last, and never more than all', () => {
  const cache = new SnapshotCache(10);
  for (let n = 0; n < 1_000; n++) {
    cache.put(snapshot(`t${n}`));
    expect(cache.get('t0')).not.toBeNull(); // is used all the time
  }
  for (const recent of [0, 999, 998, 997, 996]) expect(cache.get(`t${recent}`)).not.toBeNull();
  const there = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => cache.get(`t${n}`) !== null);
  expect(there.length).toBeLessThanOrEqual(10);
});

it('keeps the newer snapshot, in whichever order they come', () => {
  const cache = new SnapshotCache();
  cache.put(snapshot('t', 2));
  cache.put(snapshot('t', 1));
  expect(cache.get('t')?.task.version).toBe(2);
  cache.put(snapshot('t', 3));
  expect(cache.get('t')?.task.version).toBe(3);
});

it('forgets what proved old, in both generations', () => {
  const cache = new SnapshotCache(4);
  for (const id of ['a', 'b', 'c']) cache.put(snapshot(id));
  for (const id of ['a', 'c']) {
    cache.forget(id);
    expect(cache.get(id)).toBeNull();
  }
});
