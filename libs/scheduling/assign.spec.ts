import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from './assign.js';

const task = (taskId: string, tenant = 't', agentId = 'shell') => ({
  taskId,
  tenant,
  agentId,
  sessionId: 's',
  priority: 5,
});
const nothing = { get: () => undefined, running: () => 0 };

describe('who gets what', () => {
  it('is in order of arrival, the worker with most room first', () => {
    const credits = [
      { workerId: 'a', agents: ['shell'], credit: 2 },
      { workerId: 'b', agents: ['shell'], credit: 1 },
    ];
    const given = assign([task('1'), task('2'), task('3'), task('4')], credits, nothing, () => 10);
    expect(given.map(({ task: { taskId }, workerId }) => [taskId, workerId])).toEqual([
      ['1', 'a'],
      ['2', 'a'],
      ['3', 'b'],
    ]);
  });

  it('leaves a task to a worker that can run it', () => {
    const credits = [
      { workerId: 'a', agents: ['echo'], credit: 5 },
      { workerId: 'b', agents: ['shell'], credit: 1 },
    ];
    const given = assign([task('1', 't', 'shell'), task('2', 't', 'echo')], credits, nothing, () => 10);
    expect(given.map(({ workerId }) => workerId)).toEqual(['b', 'a']);
  });

  it('never exceeds a credit or a limit, whatever waits, and gives no task twice', () => {
    const tasks = fc.array(
      fc.record({ tenant: fc.constantFrom('x', 'y'), agentId: fc.constantFrom('shell', 'echo') }),
    );
    const workers = fc.array(
      fc.record({ agents: fc.subarray(['shell', 'echo']), credit: fc.integer({ min: 1, max: 5 }) }),
      { maxLength: 4 },
    );
    const running = fc.record({ x: fc.nat(5), y: fc.nat(5) });
    fc.assert(
      fc.property(tasks, workers, running, fc.integer({ min: 1, max: 6 }), (waiting, free, now, limit) => {
        const credits = free.map((each, index) => ({ ...each, workerId: `w${index}` }));
        const book = { get: () => undefined, running: (tenant: string) => now[tenant as 'x' | 'y'] };
        const queue = waiting.map(({ tenant, agentId }, index) => task(`${index}`, tenant, agentId));
        const given = assign(queue, credits, book, () => limit);
        expect(new Set(given.map((each) => each.task.taskId)).size).toBe(given.length);
        for (const { workerId, credit, agents } of credits) {
          const mine = given.filter((each) => each.workerId === workerId);
          expect(mine.length).toBeLessThanOrEqual(credit);
          expect(mine.every((each) => agents.includes(each.task.agentId))).toBe(true);
        }
        for (const tenant of ['x', 'y'] as const) {
          const more = given.filter((each) => each.task.tenant === tenant).length;
          expect(more).toBeLessThanOrEqual(Math.max(0, limit - now[tenant]));
        }
      }),
    );
  });
});
