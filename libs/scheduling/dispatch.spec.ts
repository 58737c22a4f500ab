import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dispatch } from './dispatch.js';
import { FairQueue } from './fair/fair-queue.js';
import { queued, share } from './fair/samples.contract.js';

const worker = (workerId: string, credit: number, more: object = {}) => ({
  workerId,
  credit,
  agents: ['shell'],
  labels: [],
  ...more,
});

const open = (tasks: readonly ReturnType<typeof queued>[], limits = share()) => {
  const queue = new FairQueue();
  for (const task of tasks) queue.put(task, 0);
  for (const tenant of queue.tenantIds()) queue.limit(tenant, limits);
  return queue;
};

const given = (...args: Parameters<typeof dispatch>) =>
  dispatch(...args).map(({ task: { taskId }, workerId }) => [taskId, workerId]);

describe('who gets what', () => {
  it('is what the queue says, the worker with most room first', () => {
    const queue = open(['1', '2', '3', '4'].map((id) => queued(id)));
    expect(given(queue, [worker('b', 1), worker('a', 3)], 3)).toEqual([
      ['1', 'a'],
      ['2', 'a'],
      ['3', 'a'],
    ]);
    expect(given(queue, [worker('b', 1)], 3)).toEqual([['4', 'b']]);
  });

  it('leaves a task to a worker that can run it, and the abler worker to what needs it', () => {
    const queue = open([queued('1'), queued('2', { requires: ['gpu'] }), queued('3', { agentId: 'echo' })]);
    const able = worker('able', 9, { labels: ['gpu'] });
    const workers = [able, worker('plain', 1), worker('echo', 1, { agents: ['echo'] })];
    expect(given(queue, workers, 9)).toEqual([
      ['1', 'plain'],
      ['2', 'able'],
      ['3', 'echo'],
    ]);
  });

  it('never exceeds a credit or a limit, whatever waits, and gives no task twice', () => {
    const tasks = fc.array(
      fc.record({ tenant: fc.constantFrom('x', 'y'), agentId: fc.constantFrom('shell', 'echo') }),
    );
    const workers = fc.array(
      fc.record({ agents: fc.subarray(['shell', 'echo']), credit: fc.integer({ min: 0, max: 5 }) }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(tasks, workers, fc.integer({ min: 1, max: 6 }), (waiting, free, limit) => {
        const credits = free.map((each, index) => worker(`w${index}`, each.credit, { agents: each.agents }));
        const queue = open(
          waiting.map((each, index) => queued(`${index}`, each)),
          share({ tasks: limit }),
        );
        const all = dispatch(queue, credits, 1_000);
        expect(new Set(all.map((each) => each.task.taskId)).size).toBe(all.length);
        for (const { workerId, credit, agents } of credits) {
          const mine = all.filter((each) => each.workerId === workerId);
          expect(mine.length).toBeLessThanOrEqual(credit);
          expect(mine.every((each) => agents.includes(each.task.agentId))).toBe(true);
        }
        for (const tenant of ['x', 'y'])
          expect(all.filter((each) => each.task.tenant === tenant).length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
