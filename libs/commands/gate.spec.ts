import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessModule, Gate, GuardedCommand } from '#access';
import { Clock, ORIGIN, SystemClock, WorkerLink } from '#contract';
import type { Actor, AuditEntry, Push } from '#contract';
import { EventStore, PostgresEventStore, openDatabase } from '#event-store';
import type { Database } from '#event-store';
import { AgentRegistry } from '#registry';
import { settled } from '#test/settled';
import {
  CancelTask,
  CommandsModule,
  GrantLease,
  PauseTask,
  ReportWork,
  ResumeTask,
  SubmitTask,
} from './index.js';

const actor = (roles: readonly string[], more: Partial<Actor> = {}): Actor => ({
  kind: 'user',
  id: 'ada',
  tenant: 'here',
  sessionId: 's',
  roles,
  trust: 'untrusted',
  ...more,
});

const developer = actor(['developer']);
const reader = actor(['readonly'], { id: 'rob' });
const admin = actor(['admin'], { id: 'root' });
const stranger = actor(['admin'], { id: 'eve', tenant: 'elsewhere' });
const scheduler = actor([], { kind: 'system', id: 'scheduler' });
const worker = actor([], { kind: 'worker', id: 'w' });

class Unregistered extends GuardedCommand<void> {}

describe('the way through the gate', () => {
  let database: Database;
  let store: EventStore;
  let gate: Gate;
  let app: TestingModule;
  const pushed: (readonly [string, Push])[] = [];

  beforeAll(async () => {
    database = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' }, migrations: [] });
    store = new PostgresEventStore(database);
    const link = { push: (workerId: string, push: Push) => void pushed.push([workerId, push]) };
    const providers = [
      { provide: EventStore, useValue: store },
      { provide: Clock, useValue: new SystemClock() },
      { provide: WorkerLink, useValue: link },
      { provide: AgentRegistry, useValue: new AgentRegistry() },
    ];
    @Global()
    @Module({ providers, exports: providers.map(({ provide }) => provide) })
    class Adapters {}
    app = await Test.createTestingModule({ imports: [Adapters, AccessModule, CommandsModule] }).compile();
    await app.init();
    gate = app.get(Gate);
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await database?.close();
  });

  const submit = async (more: object = {}, by = developer) => {
    const request = { description: 'd', input: 'i', agentId: 'echo', ...more };
    return (await gate.execute(by, new SubmitTask(request))).state.id;
  };
  const refusal = (by: Actor, command: GuardedCommand<unknown>) =>
    gate.execute(by, command).then(
      () => 'was not refused',
      (error: { code?: string }) => error.code,
    );
  const cancelledByStranger = (id: string) =>
    gate.execute(stranger, new CancelTask(id, 'mine now')).then(
      () => 'was not refused',
      (error: Error) => error.message.replace(id, '<id>'),
    );
  const audited = async (): Promise<readonly AuditEntry[]> => {
    await settled(store, 'audit');
    return (await store.auditTail(ORIGIN, 10_000)).map(({ entry }) => entry);
  };
  const lastAudit = async () => (await audited()).at(-1);

  it('writes an allowed command and its record in one commit', async () => {
    const taskId = await submit();
    const stored = await store.load(taskId);
    expect(await lastAudit()).toMatchObject({
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
      rule: 'role',
      argumentsHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('records a denial before it answers, and does nothing', async () => {
    await settled(store);
    const before = (await store.tail(ORIGIN, 10_000)).length;
    const denied = { action: 'task.submit', userId: 'rob', result: 'denied', rule: 'role' };
    expect(await refusal(reader, new SubmitTask({ description: 'd', input: 'i' }))).toBe('access_denied');
    expect(await lastAudit()).toMatchObject(denied);
    expect(await store.tail(ORIGIN, 10_000)).toHaveLength(before);
  });

  it('records what was allowed, and refused by the state of the task', async () => {
    const taskId = await submit();
    expect(await refusal(developer, new PauseTask(taskId))).toBe('illegal_transition');
    expect(await lastAudit()).toMatchObject({ action: 'task.pause', resourceId: taskId, result: 'refused' });
  });

  it("answers another tenant's task like one that does not exist, and leaves it alone", async () => {
    const taskId = await submit();
    const missing = '01890000-0000-7000-8000-000000000000';
    expect(await cancelledByStranger(taskId)).toBe(await cancelledByStranger(missing));
    expect((await store.load(taskId))?.task.status).toBe('pending');
  });

  it('lets nobody but the runtime grant and report', async () => {
    const taskId = await submit();
    const report = {
      workerId: 'w',
      taskId,
      epoch: 2,
      seq: 1,
      facts: [{ type: 'Started', data: {} }],
    } as const;
    expect(await refusal(admin, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
    expect(await refusal(admin, new ReportWork(report))).toBe('access_denied');
    expect(await refusal(worker, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
    expect(await refusal(scheduler, new ReportWork(report))).toBe('access_denied');
    const grant = await gate.execute(scheduler, new GrantLease(taskId, 'w', 1_000));
    expect(grant).toMatchObject({ taskId, epoch: 2, input: 'i', agentId: 'echo', attempt: 1 });
    expect(await gate.execute(worker, new ReportWork(report))).toEqual({ leaseEnded: false });
  });

  it('denies a command that nobody wrote a rule for, even to an admin', async () => {
    expect(await refusal(admin, new Unregistered())).toBe('access_denied');
    expect(await lastAudit()).toMatchObject({ action: 'Unregistered', result: 'denied', rule: 'no-demand' });
  });

  it('lets only those approve who may', async () => {
    const taskId = await submit({ requiresApproval: true });
    expect(await refusal(developer, new ResumeTask(taskId, { approved: true }))).toBe('access_denied');
    expect(await refusal(developer, new ResumeTask(taskId, {}))).toBe('invalid_request');
    await gate.execute(admin, new ResumeTask(taskId, { approved: true }));
    expect((await store.load(taskId))?.task.status).toBe('running');
  });

  it('tells the worker at once when its lease is taken', async () => {
    const taskId = await submit();
    await gate.execute(scheduler, new GrantLease(taskId, 'w', 1_000));
    await gate.execute(developer, new CancelTask(taskId, 'enough'));
    expect(pushed.at(-1)).toEqual(['w', { type: 'stop', taskId, epoch: 2, reason: 'cancelled' }]);
    const told = pushed.length;
    await gate.execute(developer, new CancelTask(taskId, 'enough'));
    expect(pushed).toHaveLength(told);
  });

  it('finds the task of an idempotency key, and refuses it for another body', async () => {
    const first = await submit({ idempotencyKey: 'k' });
    const repeat = await gate.execute(
      developer,
      new SubmitTask({ agentId: 'echo', input: 'i', description: 'd', idempotencyKey: 'k' }),
    );
    expect(repeat).toMatchObject({ repeated: true, state: { id: first } });
    const other = { description: 'd', input: 'other', agentId: 'echo', idempotencyKey: 'k' };
    expect(await refusal(developer, new SubmitTask(other))).toBe('idempotency_mismatch');
    expect(await refusal(admin, new SubmitTask(other))).toBe('was not refused'); // another owner, another key
  });

  it.each([
    ['requires', { requires: ['gpu'] }],
    ['budget', { budget: { maxTokens: 1 } }],
    ['workspace', { workspace: { archive: 'x' } }],
  ])('refuses %s rather than ignore it', async (field, asked) => {
    const submitted = gate.execute(developer, new SubmitTask({ description: 'd', input: 'i', ...asked }));
    await expect(submitted).rejects.toMatchObject({ code: 'unsupported', details: { field } });
  });

  it('refuses an agent that does not exist, naming those that do', async () => {
    const submitted = gate.execute(
      developer,
      new SubmitTask({ description: 'd', input: 'i', agentId: 'ghost' }),
    );
    await expect(submitted).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'agentId' } });
  });
});
