import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';
import type { Abilities } from './profile.js';
import { queued, share } from './samples.contract.js';

const SHELL: Abilities = { agents: ['shell'], labels: [] };
const MINUTE_MS = 60_000;

const open = (limits = share(), tenants = ['t']) => {
  const queue = new FairQueue();
  const put = (id: string, more: Parameters<typeof queued>[1] = {}, now = 0) => {
    queue.put(queued(id, more), now);
    for (const tenant of tenants) queue.limit(tenant, limits);
  };
  const take = (abilities = SHELL) => queue.take(queue.profile(abilities))?.taskId;
  const takeAll = (abilities = SHELL): string[] => {
    const next = take(abilities);
    return next === undefined ? [] : [next, ...takeAll(abilities)];
  };
  return { queue, put, take, takeAll };
};

const times = (n: number, of: (i: number) => void) => Array.from({ length: n }, (_, i) => of(i));

describe('the fair queue', () => {
  it('gives nothing of a tenant whose share nobody has said', () => {
    const queue = new FairQueue();
    queue.put(queued('1'), 0);
    expect(queue.take(queue.profile(SHELL))).toBeUndefined();
    expect(queue.tenantsWithoutShare()).toEqual(['t']);
    queue.limit('t', share());
    expect(queue.take(queue.profile(SHELL))?.taskId).toBe('1');
    expect(queue.tenantsWithoutShare()).toEqual([]);
  });

  it('lets a session that submits ten tasks pass by one that has submitted five thousand', () => {
    const { put, take } = open();
    times(5_000, (i) => put(`many ${i}`, { sessionId: 'many' }));
    times(4, () => take());
    times(10, (i) => put(`few ${i}`, { sessionId: 'few' }));
    const next = Array.from({ length: 20 }, () => take());
    expect(next.filter((id) => id?.startsWith('few'))).toHaveLength(10);
  });

  it('gives a session of a tenant with three times the weight three turns for one', () => {
    const { queue, put, take } = open(share(), []);
    times(40, (i) => put(`a ${i}`, { tenant: 'a' }));
    times(40, (i) => put(`b ${i}`, { tenant: 'b' }));
    queue.limit('a', share({ sessionWeight: 3 }));
    queue.limit('b', share());
    const next = Array.from({ length: 40 }, () => take());
    const ofA = next.filter((id) => id?.startsWith('a')).length;
    expect(ofA).toBeGreaterThanOrEqual(29);
    expect(ofA).toBeLessThanOrEqual(31);
  });

  it('lets nobody catch up on turns of a time in which they had nothing to begin', () => {
    const { put, take } = open();
    times(100, (i) => put(`busy ${i}`, { sessionId: 'busy' }));
    put('guest', { sessionId: 'guest' });
    times(51, () => take());
    times(20, (i) => put(`guest ${i}`, { sessionId: 'guest' }));
    const next = Array.from({ length: 10 }, () => take());
    expect(next.filter((id) => id?.startsWith('guest')).length).toBeLessThanOrEqual(5);
  });

  it('goes by priority within a session, and lets what has waited long enough pass', () => {
    const { put, takeAll } = open();
    put('old', { priority: 0, submittedAt: 0 });
    put('urgent', { priority: 9, submittedAt: 9 * MINUTE_MS - 1 });
    put('urgent, but late', { priority: 9, submittedAt: 9 * MINUTE_MS + 1 });
    expect(takeAll()).toEqual(['urgent', 'old', 'urgent, but late']);
  });

  it('keeps what no worker can run from blocking what is behind it', () => {
    const { put, takeAll } = open();
    put('gpu', { requires: ['gpu', 'linux'] });
    put('other agent', { agentId: 'echo' });
    put('plain');
    expect(takeAll()).toEqual(['plain']);
    expect(takeAll({ agents: ['shell'], labels: ['linux', 'gpu', 'big'] })).toEqual(['gpu']);
    expect(takeAll({ agents: ['echo', 'shell'], labels: [] })).toEqual(['other agent']);
  });

  it('takes labels as a set', () => {
    const { put, takeAll } = open();
    put('1', { requires: ['b', 'a'] });
    put('2', { requires: ['a', 'b', 'a'] });
    expect(takeAll({ agents: ['shell'], labels: ['a', 'b'] })).toEqual(['1', '2']);
  });

  it('parks what may not begin yet, and lets it join when its time has come', () => {
    const { queue, put, take, takeAll } = open();
    put('later', { readyAt: 1_000 });
    put('now');
    expect(takeAll()).toEqual(['now']);
    queue.wake(999);
    expect(take()).toBeUndefined();
    queue.wake(1_000);
    expect(takeAll()).toEqual(['later']);
  });

  it('takes the row as last read for the truth: ready at another time, or gone', () => {
    const { queue, put, takeAll } = open();
    put('1', { readyAt: 1_000 });
    put('1', { readyAt: null });
    put('1', { readyAt: null });
    put('2');
    queue.drop('2');
    queue.drop('2');
    expect([queue.size, takeAll()]).toEqual([1, ['1']]);
  });

  it.each([
    ['a tenant', share({ tasks: 2 }), ['1', '3']],
    ['a session', share({ perSession: 1 }), ['1', '3']],
    ['an agent of a tenant', share({ perAgent: new Map([['shell', 1]]) }), ['1', '2']],
  ])('leaves out %s that is at its limit, and goes on when one has ended', (_, limits, expected) => {
    const { queue, put, takeAll } = open(limits);
    const EVERYTHING = { agents: ['shell', 'echo'], labels: [] };
    put('1', { sessionId: 'a' });
    put('2', { sessionId: 'a', agentId: 'echo' });
    put('3', { sessionId: 'b' });
    expect(takeAll(EVERYTHING).toSorted()).toEqual(expected);
    queue.release('1');
    expect(takeAll(EVERYTHING)).toHaveLength(1);
    queue.release('1');
    expect(takeAll(EVERYTHING)).toEqual([]);
  });

  it('counts what runs already, and keeps to a limit that was lowered below it', () => {
    const { queue, put, takeAll } = open(share({ tasks: 3 }));
    for (const taskId of ['x', 'y']) queue.hold({ ...queued(taskId) });
    times(5, (i) => put(`${i}`));
    expect(takeAll()).toEqual(['0']);
    queue.limit('t', share({ tasks: 1 }));
    for (const taskId of ['x', 'y']) queue.release(taskId);
    expect(takeAll()).toEqual([]);
    queue.release('0');
    expect(takeAll()).toEqual(['1']);
  });

  it('drops at the end of a look at the table what the table does not have', () => {
    const { queue, put, takeAll } = open();
    put('gone');
    put('there');
    queue.beginSweep();
    put('there');
    put('new');
    queue.endSweep([SHELL]);
    expect(takeAll()).toEqual(['there', 'new']);
  });

  it('forgets kinds of workers that are gone, and knows what waits when they come again', () => {
    const { queue, put, takeAll } = open();
    put('1');
    queue.profile(SHELL);
    queue.endSweep([]);
    put('2');
    expect(takeAll()).toEqual(['1', '2']);
  });

  it('forgets who has nothing waiting and nothing running', () => {
    const { queue, put, takeAll } = open();
    times(50, (i) => put(`${i}`, { sessionId: `${i}` }));
    const taken = takeAll();
    queue.endSweep([SHELL]);
    expect(queue.tenantIds()).toEqual(['t']);
    for (const id of taken) queue.release(id);
    queue.endSweep([SHELL]);
    expect(queue.tenantIds()).toEqual([]);
  });
});
