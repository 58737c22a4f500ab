import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuardedCommand } from '#access';
import { ORIGIN } from '#contract';
import { MeshError } from '#errors';
import { settled } from '#test/settled';
import { actor, admin, developer, openGate, scheduler, worker } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';
import { CancelTask, GrantLease, PauseTask, ReportWork, ResumeTask, SubmitTask } from './index.js';

const reader = actor(['readonly'], { id: 'rob' });
const stranger = actor(['admin'], { id: 'eve', tenant: 'elsewhere' });

class Unregistered extends GuardedCommand<void> {}

describe('the way through the gate', () => {
  let at: OpenedGate;
  beforeAll(async () => {
    at = await openGate();
  }, 60_000);
  afterAll(() => at?.close());

  const cancelledByStranger = (id: string) =>
    at.gate.execute(stranger, new CancelTask(id, 'mine now')).then(
      () => 'was not refused',
      (error: Error) => error.message.replace(id, '<id>'),
    );

  it('writes an allowed command and its record in one commit', async () => {
    const taskId = await at.submit();
    const stored = await at.store.load(taskId);
    expect(await at.lastAudit()).toMatchObject({
      id: stored?.commitId,
      tenant: 'here',
      actorKind: 'user',
      userId: 'ada',
      sessionId: 's',
      roles: ['developer'],
      action: 'task.submit',
      resourceType: 'task',
      resourceId: taskId,
      result: 'allowed',
      rule: 'roles',
      argumentsHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('records a denial before it answers, and does nothing', async () => {
    await settled(at.store);
    const before = (await at.store.tail(ORIGIN, 10_000)).length;
    const denied = { action: 'task.submit', userId: 'rob', result: 'denied', rule: 'roles' };
    expect(await at.refusal(reader, new SubmitTask({ description: 'd', input: 'i', agentId: 'echo' }))).toBe(
      'access_denied',
    );
    expect(await at.lastAudit()).toMatchObject(denied);
    expect(await at.store.tail(ORIGIN, 10_000)).toHaveLength(before);
  });

  it('says to who is denied which rule it was, and what can be done about it', async () => {
    const submitted = at.gate.execute(
      reader,
      new SubmitTask({ description: 'd', input: 'i', agentId: 'echo' }),
    );
    await expect(submitted).rejects.toMatchObject({
      code: 'access_denied',
      details: {
        rule: 'roles',
        hint: expect.stringMatching(
          /^ask an admin for a role that grants task:submit, agent:invoke; .*--agent echo --as rob --role readonly --trust untrusted`$/,
        ) as string,
      },
    });
  });

  it('records what was allowed, and refused by the state of the task', async () => {
    const taskId = await at.submit();
    expect(await at.refusal(developer, new PauseTask(taskId))).toBe('illegal_transition');
    expect(await at.lastAudit()).toMatchObject({
      action: 'task.pause',
      resourceId: taskId,
      result: 'refused',
    });
  });

  it("answers another tenant's task like one that does not exist, and leaves it alone", async () => {
    const taskId = await at.submit();
    const missing = '01890000-0000-7000-8000-000000000000';
    expect(await cancelledByStranger(taskId)).toBe(await cancelledByStranger(missing));
    expect((await at.store.load(taskId))?.task.status).toBe('pending');
  });

  it('lets nobody but the runtime grant and report', async () => {
    const taskId = await at.submit();
    const report = {
      workerId: 'w',
      taskId,
      epoch: 2,
      seq: 1,
      facts: [{ type: 'Started', data: {} }],
    } as const;
    expect(await at.refusal(admin, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
    expect(await at.refusal(admin, new ReportWork(report))).toBe('access_denied');
    expect(await at.refusal(worker, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
    expect(await at.refusal(scheduler, new ReportWork(report))).toBe('access_denied');
    const grant = await at.gate.execute(scheduler, new GrantLease(taskId, 'w', 1_000));
    expect(grant).toMatchObject({ taskId, epoch: 2, input: 'i', agentId: 'echo', attempt: 1 });
    expect(await at.gate.execute(worker, new ReportWork(report))).toEqual({ leaseEnded: false });
  });

  it('denies a command that nobody wrote a rule for, even to an admin', async () => {
    expect(await at.refusal(admin, new Unregistered())).toBe('access_denied');
    expect(await at.lastAudit()).toMatchObject({
      action: 'Unregistered',
      result: 'denied',
      rule: 'no-demand',
    });
  });

  it('lets only those approve who may', async () => {
    const taskId = await at.submit({ requiresApproval: true });
    expect(await at.refusal(developer, new ResumeTask(taskId, { approved: true }))).toBe('access_denied');
    expect(await at.refusal(developer, new ResumeTask(taskId, {}))).toBe('invalid_request');
    await at.gate.execute(admin, new ResumeTask(taskId, { approved: true }));
    expect((await at.store.load(taskId))?.task.status).toBe('running');
  });

  it('tells the worker at once when its lease is taken', async () => {
    const taskId = await at.submit();
    await at.gate.execute(scheduler, new GrantLease(taskId, 'w', 1_000));
    await at.gate.execute(developer, new CancelTask(taskId, 'enough'));
    expect(at.pushed.at(-1)).toEqual(['w', { type: 'stop', taskId, epoch: 2, reason: 'cancelled' }]);
    const told = at.pushed.length;
    await at.gate.execute(developer, new CancelTask(taskId, 'enough'));
    expect(at.pushed).toHaveLength(told);
  });

  it('finds the task of an idempotency key, and refuses it for another body', async () => {
    const first = await at.submit({ idempotencyKey: 'k' });
    const repeat = await at.gate.execute(
      developer,
      new SubmitTask({ agentId: 'echo', input: 'i', description: 'd', idempotencyKey: 'k' }),
    );
    expect(repeat).toMatchObject({ repeated: true, state: { id: first } });
    const other = { description: 'd', input: 'other', agentId: 'echo', idempotencyKey: 'k' };
    expect(await at.refusal(developer, new SubmitTask(other))).toBe('idempotency_mismatch');
    expect(await at.refusal(admin, new SubmitTask(other))).toBe('was not refused'); // another owner, another key
  });

  it('tells another session of the same user that the key is used, and nothing of the task', async () => {
    const asked = { description: 'd', input: 'i', agentId: 'echo', idempotencyKey: 'k2' };
    const first = await at.submit({ idempotencyKey: 'k2' });
    const elsewhere = actor(['developer'], { sessionId: 'another' });
    for (const input of ['i', 'another input']) {
      const error: unknown = await at.gate
        .execute(elsewhere, new SubmitTask({ ...asked, input }))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'idempotency_mismatch',
        message: 'the idempotency key "k2" was used in another session',
      });
      expect(JSON.stringify(error)).not.toContain(first);
    }
    expect(await at.lastAudit()).toMatchObject({ action: 'task.submit', result: 'refused' });
    const overseeing = actor(['admin'], { sessionId: 'another' });
    expect(await at.gate.execute(overseeing, new SubmitTask(asked))).toMatchObject({
      repeated: true,
      state: { id: first },
    });
  });

  it('refuses what is beyond the number that may wait, records it, and lets a repeat find its task', async () => {
    const waiting = (await at.store.waitingPerTenant()).get('here') ?? 0;
    at.limits.maxQueuedTasks = waiting + 2;
    const submit = (idempotencyKey: string) => () =>
      at.submit({ idempotencyKey }).catch((error: MeshError) => error);
    const asked = await Promise.all(['full 1', 'full 2', 'full 3', 'full 4'].map((key) => submit(key)()));
    const refused = asked.filter((one) => one instanceof MeshError);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 5 } });
    expect((await at.store.waitingPerTenant()).get('here')).toBe(waiting + 2);
    expect(await at.lastAudit()).toMatchObject({
      action: 'task.submit',
      result: 'refused',
      reason: `${waiting + 2} tasks of tenant here wait for a worker, as many as may (maxQueuedTasks)`,
    });
    const [first] = asked.flatMap((one, i) => (one instanceof MeshError ? [] : [[one, i] as const]));
    expect(await submit(`full ${(first?.[1] ?? 0) + 1}`)()).toBe(first?.[0]);
    delete at.limits.maxQueuedTasks;
    expect(await submit('full no more')()).toEqual(expect.any(String));
  });

  it('takes labels that a worker must carry', async () => {
    const taskId = await at.submit({ requires: ['gpu'] });
    const queued = await at.store.queued(0, 10_000);
    expect(queued.find((task) => task.taskId === taskId)?.requires).toEqual(['gpu']);
  });

  it('refuses an agent that does not exist, naming those that do', async () => {
    const submitted = at.gate.execute(
      developer,
      new SubmitTask({ description: 'd', input: 'i', agentId: 'ghost' }),
    );
    await expect(submitted).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'agentId' } });
  });
});
