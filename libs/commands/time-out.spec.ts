import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GrantLease, ReportWork, TimeOutTask } from './index.js';
import { admin, openGate, scheduler, worker } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';

describe('a task whose time may be over', () => {
  let gate: OpenedGate;
  beforeAll(async () => {
    gate = await openGate();
  });
  afterAll(() => gate.close());

  const begun = async (timeoutMs: number) => {
    const taskId = await gate.submit({ timeoutMs });
    const { epoch } = await gate.gate.execute(scheduler, new GrantLease(taskId, 'w', 45_000));
    return { taskId, epoch };
  };
  const timeOut = (taskId: string) => gate.gate.execute(scheduler, new TimeOutTask(taskId));
  const taskOf = async (taskId: string) => (await gate.store.load(taskId))?.task;

  it('is failed once, and its worker is told to stop', async () => {
    const { taskId, epoch } = await begun(1);
    const deadlineAt = Date.parse((await taskOf(taskId))?.deadlineAt ?? '');
    await expect.poll(() => Date.now()).toBeGreaterThan(deadlineAt);
    expect(await timeOut(taskId)).toBe(true);
    expect(await timeOut(taskId)).toBe(false);
    const error = 'timed out after 1 ms';
    expect(await taskOf(taskId)).toMatchObject({ status: 'failed', error });
    expect(gate.pushed).toContainEqual(['w', { type: 'stop', taskId, epoch, reason: error }]);
    const late = { workerId: 'w', taskId, epoch, seq: 1, facts: [{ type: 'Started', data: {} }] } as const;
    expect(await gate.refusal(worker, new ReportWork(late))).toBe('fenced');
  });

  it('is left alone before', async () => {
    const { taskId } = await begun(60_000);
    expect(await timeOut(taskId)).toBe(false);
    expect(await taskOf(taskId)).toMatchObject({ status: 'pending', attempt: 1 });
  });

  it('is nothing that people can say', async () => {
    const { taskId } = await begun(1);
    expect(await gate.refusal(admin, new TimeOutTask(taskId))).toBe('access_denied');
  });

  it('tells a later attempt what is left of it', async () => {
    const { taskId, epoch } = await begun(60_000);
    const facts = [{ type: 'Released', data: { reason: 'stopping' } }] as const;
    const lost = { workerId: 'w', taskId, epoch, seq: 1, facts };
    await expect
      .poll(async () => Date.now() - Date.parse((await taskOf(taskId))?.updatedAt ?? ''))
      .toBeGreaterThan(5);
    await gate.gate.execute(worker, new ReportWork(lost));
    const { timeoutMs = 0 } = await gate.gate.execute(scheduler, new GrantLease(taskId, 'w2', 45_000));
    expect(timeoutMs).toBeGreaterThan(0);
    expect(timeoutMs).toBeLessThan(60_000);
  });
});
