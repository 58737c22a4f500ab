import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessModule, Belongings, Gate, GuardedCommand, Policies, Subjects } from '#access';
import { Clock, ORIGIN, SystemClock, WorkerLink } from '#contract';
import type { Actor, AuditEntry, Push } from '#contract';
import { EventStore, PostgresEventStore, openDatabase } from '#event-store';
import type { Database } from '#event-store';
import { AgentRegistry } from '#registry';
import { MemoryBelongings, MemoryPolicies, MemorySubjects } from '#test/access';
import { settled } from '#test/settled';
import {
  CancelTask,
  CommandsModule,
  GrantLease,
  PauseTask,
  ReportWork,
  ResumeTask,
  SubmitTask,
  UseSkill,
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
  let belongings: MemoryBelongings;
  const policies = new MemoryPolicies();
  const subjects = new MemorySubjects({ roles: ['developer', 'admin'], trust: 'verified' });
  const pushed: (readonly [string, Push])[] = [];

  beforeAll(async () => {
    database = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' }, migrations: [] });
    store = new PostgresEventStore(database);
    belongings = new MemoryBelongings(store);
    const link = { push: (workerId: string, push: Push) => void pushed.push([workerId, push]) };
    const providers = [
      { provide: EventStore, useValue: store },
      { provide: Clock, useValue: new SystemClock() },
      { provide: WorkerLink, useValue: link },
      { provide: AgentRegistry, useValue: new AgentRegistry() },
      { provide: Policies, useValue: policies },
      { provide: Belongings, useFactory: () => belongings },
      { provide: Subjects, useValue: subjects },
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
      rule: 'roles',
      argumentsHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('records a denial before it answers, and does nothing', async () => {
    await settled(store);
    const before = (await store.tail(ORIGIN, 10_000)).length;
    const denied = { action: 'task.submit', userId: 'rob', result: 'denied', rule: 'roles' };
    expect(await refusal(reader, new SubmitTask({ description: 'd', input: 'i', agentId: 'echo' }))).toBe(
      'access_denied',
    );
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

  describe('shows each session its own tasks', () => {
    const sameSession = actor(['developer'], { id: 'ada' });
    const otherSession = actor(['developer'], { id: 'ada', sessionId: 'other' });
    const overseer = actor(['developer', 'lead'], { id: 'lea', sessionId: 'of-lea' });

    it('and hides those of others, also from the same user', async () => {
      const taskId = await submit();
      expect(await refusal(otherSession, new CancelTask(taskId, 'not mine'))).toBe('not_found');
      expect(await lastAudit()).toMatchObject({
        action: 'task.cancel',
        resourceId: taskId,
        result: 'denied',
        rule: 'isolation',
      });
      await gate.execute(sameSession, new CancelTask(taskId, 'mine'));
    });

    it('and all of them to who manages sessions', async () => {
      policies.set({ roles: { lead: { permissions: ['session:manage'] } } });
      const taskId = await submit();
      await gate.execute(overseer, new CancelTask(taskId, 'as lead'));
      policies.set({});
      const another = await submit();
      expect(await refusal(overseer, new CancelTask(another, 'lead no more'))).toBe('not_found');
    });

    it('and takes no task into a session, or under a parent, that the caller may not see', async () => {
      const parentTaskId = await submit({}, otherSession);
      belongings.told.set('context/other', { tenant: 'here', userId: 'ada', sessionId: 'other' });
      const request = { description: 'd', input: 'i', agentId: 'echo' };
      expect(await refusal(developer, new SubmitTask({ ...request, sessionId: 'other' }))).toBe('not_found');
      expect(await refusal(developer, new SubmitTask({ ...request, sessionId: 'nobodys' }))).toBe(
        'not_found',
      );
      expect(await refusal(developer, new SubmitTask({ ...request, parentTaskId }))).toBe('not_found');
      const { state } = await gate.execute(
        otherSession,
        new SubmitTask({ ...request, sessionId: 'other', parentTaskId }),
      );
      expect(state).toMatchObject({ sessionId: 'other', parentTaskId });
    });
  });

  describe('judges a task again', () => {
    const dangerous = { skillPolicies: [{ skillId: 'shell-exec', allowedRoles: ['developer'] }] };
    const trusted = actor(['developer'], { trust: 'verified' });
    const held = async (taskId: string) =>
      (await gate.execute(scheduler, new GrantLease(taskId, 'w', 1_000))).epoch;

    it('before a worker gets it: what its owner may no longer do fails, and says why', async () => {
      policies.set(dangerous);
      const taskId = await submit({ agentId: 'shell' }, trusted);
      policies.set({ ...dangerous, deniedSkills: ['shell-exec'] });
      expect(await refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
      const stored = await store.load(taskId);
      expect(stored?.task.status).toBe('failed');
      expect(stored?.task.error).toMatch(/^not allowed any more: /);
      expect(await lastAudit()).toMatchObject({
        userId: 'ada',
        action: 'task.lease',
        result: 'denied',
        resourceId: taskId,
      });
    });

    it.each([
      ['lost the role', { roles: ['readonly'], trust: 'verified' } as const],
      ['is unknown or disabled', null],
    ])('before a worker gets it: an owner who %s runs nothing', async (_what, now) => {
      policies.set(dangerous);
      const taskId = await submit({ agentId: 'shell' }, trusted);
      subjects.told.set('ada', now);
      expect(await refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
      subjects.told.delete('ada');
      expect((await store.load(taskId))?.task.status).toBe('failed');
    });

    it('before a worker gets it: a device whose trust fell takes its tasks with it', async () => {
      policies.set(dangerous);
      const taskId = await submit(
        { agentId: 'shell' },
        actor(['developer'], { trust: 'verified', deviceId: 'd' }),
      );
      subjects.told.set('ada', { roles: ['developer'], trust: 'untrusted' });
      expect(await refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
      subjects.told.delete('ada');
    });

    it('at each use of a skill, and records the answer', async () => {
      policies.set(dangerous);
      const taskId = await submit({ agentId: 'shell' }, trusted);
      const use = { workerId: 'w', taskId, epoch: await held(taskId), skillId: 'shell-exec' };
      expect(await gate.execute(worker, new UseSkill(use))).toMatchObject({ allowed: true });
      expect(await lastAudit()).toMatchObject({ action: 'skill.execute', userId: 'ada', result: 'allowed' });
      policies.set({ ...dangerous, deniedSkills: ['shell-exec'] });
      expect(await gate.execute(worker, new UseSkill(use))).toMatchObject({ allowed: false });
      expect(await lastAudit()).toMatchObject({ action: 'skill.execute', userId: 'ada', result: 'denied' });
      policies.set(dangerous);
      expect(await gate.execute(worker, new UseSkill({ ...use, skillId: 'undeclared' }))).toMatchObject({
        allowed: false,
      });
      expect(await refusal(worker, new UseSkill({ ...use, epoch: 1 }))).toBe('fenced');
      expect(await refusal(worker, new UseSkill({ ...use, workerId: 'another' }))).toBe('fenced');
      expect(await refusal(admin, new UseSkill(use))).toBe('access_denied');
    });

    it('and asks for the approval that the policy demands of a skill', async () => {
      const demanding = {
        skillPolicies: [{ skillId: 'shell-exec', allowedRoles: ['developer'], requiresApproval: true }],
      };
      policies.set(demanding);
      const taskId = await submit({ agentId: 'shell' }, trusted);
      expect((await store.load(taskId))?.task).toMatchObject({
        status: 'waiting',
        waiting: { kind: 'approval' },
      });
      await gate.execute(admin, new ResumeTask(taskId, { approved: true }));
      expect(await held(taskId)).toBeGreaterThan(4);
      policies.set(dangerous);
      const unapproved = await submit({ agentId: 'shell' }, trusted);
      policies.set(demanding);
      expect(await refusal(scheduler, new GrantLease(unapproved, 'w', 1_000))).toBe('access_denied');
      policies.set({});
    });
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
    const submitted = gate.execute(
      developer,
      new SubmitTask({ description: 'd', input: 'i', agentId: 'echo', ...asked }),
    );
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
