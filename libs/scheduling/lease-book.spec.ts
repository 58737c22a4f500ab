import { beforeEach, describe, expect, it } from 'vitest';
import type { Beat, Grant } from '#contract';
import { LeaseBook } from './lease-book.js';

const BOOT = '00000000-0000-4000-8000-000000000001';
const OTHER_BOOT = '00000000-0000-4000-8000-000000000002';
const LEASE_MS = 1_000;
const GRACE_MS = 1_000;

const beat = (held: Beat['held'], more: Partial<Beat> = {}): Beat => ({
  workerId: 'w',
  boot: BOOT,
  free: 2,
  labels: [],
  agents: ['shell'],
  held,
  ...more,
});

const leased = (taskId: string, epoch = 2) => ({
  taskId,
  tenant: 'default',
  epoch,
  sessionId: 's',
  agentId: 'shell',
  workerId: 'w',
  leaseMs: LEASE_MS,
});

const grant = (taskId: string, epoch = 2) =>
  ({ ...leased(taskId, epoch), attempt: 1, description: '', input: '' }) satisfies Grant;

describe('the lease book', () => {
  let book: LeaseBook;
  const held = new Set<string>();
  const slots = {
    hold: ({ taskId }: { taskId: string }) => void held.add(taskId),
    release: (taskId: string) => void held.delete(taskId),
  };

  beforeEach(() => {
    held.clear();
    book = new LeaseBook(slots);
    book.beat(beat([]), 0);
  });

  it('offers the free slots, less what is on its way', () => {
    book.add(leased('a'), grant('a'), 0);
    expect(book.credits()).toEqual([{ workerId: 'w', agents: ['shell'], labels: [], credit: 1 }]);
  });

  it('counts a confirmed lease only as the worker counts it', () => {
    book.add(leased('a'), grant('a'), 0);
    book.beat(beat([['a', 2]], { free: 1 }), 10);
    expect(book.credits()).toMatchObject([{ credit: 1 }]);
  });

  it('gives nothing to a worker that drains', () => {
    book.beat(beat([], { draining: true }), 1);
    expect(book.credits()).toEqual([]);
  });

  it('sends a grant again only when a beat has not named it for a while', () => {
    book.add(leased('a'), grant('a'), 0);
    expect(book.beat(beat([]), 999).unconfirmed).toEqual([]);
    expect(book.beat(beat([]), 1_000).unconfirmed).toMatchObject([{ taskId: 'a', epoch: 2 }]);
  });

  it('finds lost what a worker had confirmed and no longer holds', () => {
    book.add(leased('a'), grant('a'), 0);
    book.beat(beat([['a', 2]]), 1);
    expect(book.beat(beat([]), 2).lost).toMatchObject([{ taskId: 'a' }]);
  });

  it('finds everything lost when the worker has started anew', () => {
    book.add(leased('a'), grant('a'), 0);
    expect(book.beat(beat([], { boot: OTHER_BOOT }), 1).lost).toMatchObject([{ taskId: 'a' }]);
  });

  it('also when it was silent so long before that it counted as gone: a grant is not sent to its next start', () => {
    book.add(leased('a'), grant('a'), 0);
    book.dropSilent(1_500, LEASE_MS);
    expect(book.beat(beat([], { boot: OTHER_BOOT }), 1_500)).toMatchObject({
      unconfirmed: [],
      lost: [{ taskId: 'a' }],
    });
  });

  it('takes a lease of an earlier scheduler as delivered: not held means lost', () => {
    book.add(leased('a'), null, 0);
    expect(book.beat(beat([]), 1)).toMatchObject({ unconfirmed: [], lost: [{ taskId: 'a' }] });
  });

  it('asks about what the worker holds and the book does not, or not under that epoch', () => {
    book.add(leased('a', 7), grant('a', 7), 0);
    const unknown = [
      ['a', 2],
      ['b', 3],
    ] as const;
    expect(book.beat(beat(unknown.map(([id, epoch]) => [id, epoch])), 1).unknown).toEqual(unknown);
  });

  it('lets a lease expire a grace after its time, counted from the last beat that held it', () => {
    book.add(leased('a'), grant('a'), 0);
    book.beat(beat([['a', 2]]), 500);
    expect(book.expired(500 + LEASE_MS + GRACE_MS - 1)).toEqual([]);
    expect(book.expired(500 + LEASE_MS + GRACE_MS)).toMatchObject([{ taskId: 'a' }]);
  });

  it('does not count the time in which we were cut off', () => {
    book.add(leased('a'), grant('a'), 0);
    book.postpone(30_000);
    expect(book.expired(30_000 + LEASE_MS)).toEqual([]);
  });

  it('forgets a worker that is silent, and its credit', () => {
    book.dropSilent(10_000, 5_000);
    expect(book.credits()).toEqual([]);
  });

  it('counts a task as running for as long as its lease is in the book, under whatever epoch', () => {
    book.add(leased('a'), grant('a'), 0);
    book.add(leased('a', 5), grant('a', 5), 0);
    book.add(leased('b'), null, 0);
    book.remove('a');
    book.remove('never was there');
    expect([...held]).toEqual(['b']);
  });
});
