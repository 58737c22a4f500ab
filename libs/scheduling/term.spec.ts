import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Gate } from '#access';
import { SilentLogger } from '#contract';
import type { Beat, Push, Stop } from '#contract';
import type { OwnLimits } from './concurrency-limits.js';
import { LEASE_MS, Rows } from './rows.contract.js';
import { Term } from './term.js';
import type { TermParts } from './term-parts.js';

const TICK_MS = 500;

const passed = () => vi.advanceTimersByTimeAsync(0);

describe('a term of scheduling', () => {
  let rows: Rows;
  let pushed: (readonly [string, Push])[];
  let wire: { connected: boolean };
  let now: number;
  let wake: () => void;
  let term: Term;
  let stop: Stop;

  const tenantLimits = new Map<string, OwnLimits>();

  const begin = async (limit = 10) => {
    term = new Term({
      gate: rows.gate as unknown as Gate,
      store: rows.store as unknown as TermParts['store'],
      link: Object.assign(wire, { push: (id: string, push: Push) => void pushed.push([id, push]) }) as never,
      roll: { known: async () => ['w'] } as never,
      wakeUps: {
        listen: async (_topic: string, listener: () => void) => ((wake = listener), async () => undefined),
      } as never,
      clock: { now: () => new Date(now), monotonicMs: () => now },
      options: { leaseMs: LEASE_MS, maxConcurrentTasks: limit },
      limits: { of: async (tenant: string) => tenantLimits.get(tenant) ?? {} },
      logger: new SilentLogger(),
    });
    stop = await term.start();
  };
  const beat = (held: Beat['held'], free = 2) =>
    term.beat({ workerId: 'w', boot: 'b', free, labels: [], agents: ['shell'], held });
  const later = async (ms: number) => {
    for (let left = ms; left > 0; left -= TICK_MS) {
      now += Math.min(left, TICK_MS);
      await vi.advanceTimersByTimeAsync(TICK_MS);
    }
  };
  const granted = () => pushed.flatMap(([, push]) => (push.type === 'grant' ? [push.grant.taskId] : []));
  const stopped = () => pushed.flatMap(([, push]) => (push.type === 'stop' ? [push.taskId] : []));

  beforeEach(() => {
    vi.useFakeTimers();
    tenantLimits.clear();
    rows = new Rows();
    pushed = [];
    wire = { connected: true };
    now = 0;
  });
  afterEach(async () => {
    await stop();
    vi.useRealTimers();
  });

  it('asks the workers it has heard of for a beat, and gives what waits to the one that answers', async () => {
    rows.add('1');
    await begin();
    expect(pushed).toEqual([['w', { type: 'beat' }]]);
    await beat([]);
    await passed();
    expect(granted()).toEqual(['1']);
  });

  it('gives no more than there are slots, and the next when one frees', async () => {
    for (const id of ['1', '2', '3']) rows.add(id);
    await begin();
    await beat([]);
    await passed();
    expect(granted()).toEqual(['1', '2']);
    rows.rows.delete('1');
    term.leaseEnded('1', 'w');
    await passed();
    expect(granted()).toEqual(['1', '2', '3']);
  });

  it('keeps to the limit of a tenant that has one of its own', async () => {
    for (const taskId of ['1', '2', '3']) rows.add(taskId);
    tenantLimits.set('t', { maxConcurrentTasks: 2 });
    await begin(1);
    await beat([], 5);
    await passed();
    await later(TICK_MS);
    expect(granted()).toEqual(['1', '2']);
    tenantLimits.set('t', { maxConcurrentTasks: 3 });
    await later(TICK_MS);
    expect(granted()).toEqual(['1', '2', '3']);
  });

  it('keeps to the limit of concurrent tasks, however many slots there are', async () => {
    for (const id of ['1', '2', '3']) rows.add(id);
    await begin(1);
    await beat([], 10);
    await passed();
    wake();
    await passed();
    expect(granted()).toEqual(['1']);
  });

  it('finds what waits though nobody tells it, by reading the table again and again', async () => {
    await begin();
    await beat([], 5);
    await passed();
    rows.isSilent = true;
    rows.add('1');
    wake();
    await passed();
    expect(granted()).toEqual([]);
    for (let ms = 0; ms < 11_000; ms += TICK_MS) {
      await later(TICK_MS);
      await beat([], 5); // or it would be gone by then
    }
    expect(granted()).toContain('1');
  });

  it('gives a task whose time has not come when it has', async () => {
    rows.add('1', { readyAt: 2_000 });
    await begin();
    await beat([], 1);
    await later(1_000);
    expect(granted()).toEqual([]);
    await beat([], 1);
    await later(1_000);
    expect(granted()).toEqual(['1']);
  });

  it('hands over a lease that was committed while the answer was lost', async () => {
    rows.add('1');
    await begin();
    rows.answersLost = true;
    await beat([]);
    await passed();
    expect(granted()).toEqual([]);
    await later(TICK_MS);
    expect(granted()).toEqual(['1']);
  });

  it('takes a task back when its worker is silent for longer than the lease, and not before', async () => {
    rows.add('1');
    await begin();
    await beat([]);
    await passed();
    await beat([['1', 2]], 1);
    await later(LEASE_MS + 500);
    expect(stopped()).toEqual([]);
    await later(TICK_MS);
    expect(stopped()).toEqual(['1']);
    expect(rows.rows.get('1')?.lease).toBeUndefined();
  });

  it('takes nothing back for a silence in which we were cut off ourselves', async () => {
    rows.add('1');
    await begin();
    await beat([]);
    await passed();
    wire.connected = false;
    await later(30_000);
    wire.connected = true;
    await later(TICK_MS);
    expect(stopped()).toEqual([]);
  });

  it('frees the slot of a task that was cancelled, and tells the worker again', async () => {
    rows.add('1');
    await begin(1);
    await beat([]);
    await passed();
    await beat([['1', 2]], 1);
    rows.rows.delete('1');
    rows.add('2');
    await later(TICK_MS);
    expect(stopped()).toEqual(['1']);
    await passed();
    expect(granted()).toEqual(['1', '2']);
  });

  it('takes over what an earlier term granted and the worker still runs; fences what it should not', async () => {
    rows.add('1');
    const row = rows.rows.get('1');
    if (row) row.lease = { workerId: 'w', epoch: 7 };
    await begin();
    expect(await beat([['1', 7]])).toMatchObject({ fenced: [] });
    expect(
      await beat([
        ['1', 7],
        ['gone', 3],
      ]),
    ).toMatchObject({ fenced: ['gone'] });
    expect(stopped()).toEqual([]);
  });

  it('gives a task to another attempt when the worker that had it no longer runs it', async () => {
    rows.add('1');
    const row = rows.rows.get('1');
    if (row) row.lease = { workerId: 'w', epoch: 7 };
    await begin();
    await beat([]);
    await passed();
    expect(granted()).toEqual(['1']);
    expect(rows.rows.get('1')?.lease?.epoch).not.toBe(7);
  });
});
