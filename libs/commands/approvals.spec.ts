import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerFact } from '#task';
import { actor, openGate, scheduler, worker } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';
import { GrantLease, ReportWork, ResumeTask, TimeOutTask, UseSkill } from './index.js';

const SKILL = 'shell-exec';
const ada = actor(['developer'], { trust: 'verified' });
const adaAsLead = actor(['developer', 'admin'], { trust: 'verified' });
const root = actor(['admin'], { id: 'root', sessionId: 'of-root' });
const bob = actor(['admin'], { id: 'bob', sessionId: 'of-bob' });
const allowing = (more: object = {}) => ({
  skillPolicies: [{ skillId: SKILL, dangerous: true, requiresApproval: true, ...more }],
});

const question = (key: string, skillId: string = SKILL): WorkerFact => ({
  type: 'NeedApproval',
  data: { key, skillId, prompt: 'Approve shell-exec?' },
});

describe('a use of a skill that somebody must approve', () => {
  let at: OpenedGate;
  beforeAll(async () => {
    at = await openGate();
  }, 60_000);
  afterAll(() => at?.close());

  const taskOf = async (taskId: string) => (await at.store.load(taskId))?.task;
  const granted = async (taskId: string) =>
    (await at.gate.execute(scheduler, new GrantLease(taskId, 'w', 45_000))).epoch;
  const use = (taskId: string, epoch: number, key: string) =>
    at.gate.execute(worker, new UseSkill({ workerId: 'w', taskId, epoch, skillId: SKILL, key }));
  const report = (taskId: string, epoch: number, ...facts: readonly WorkerFact[]) =>
    at.gate.execute(worker, new ReportWork({ workerId: 'w', taskId, epoch, seq: 1, facts }));
  const resume = (by: typeof root, taskId: string, approved = true, reason?: string) =>
    at.gate.execute(by, new ResumeTask(taskId, { approved, reason }));
  /** A task that has come to a use which is not approved. */
  const asking = async (key = 'step-1', policy: object = allowing()) => {
    at.policies.set(policy);
    const taskId = await at.submit({ agentId: 'shell' }, ada);
    const epoch = await granted(taskId);
    const answer = await use(taskId, epoch, key);
    await report(taskId, epoch, { type: 'Started', data: {} }, question(key));
    return { taskId, answer };
  };

  it('is asked for during the run: the attempt lets go, goes on when approved, and only that use is allowed', async () => {
    const { taskId, answer } = await asking();
    expect(answer).toMatchObject({ allowed: false, needsApproval: {} });
    expect(await taskOf(taskId)).toMatchObject({
      status: 'waiting',
      waiting: { kind: 'approval', key: 'step-1', skillId: SKILL },
    });
    expect((await taskOf(taskId))?.lease).toBeUndefined();
    await resume(root, taskId);
    const epoch = await granted(taskId);
    expect(await use(taskId, epoch, 'step-1')).toMatchObject({ allowed: true });
    expect(await use(taskId, epoch, 'step-2')).toMatchObject({ allowed: false, needsApproval: {} });
  });

  it('is not allowed by an approval of another skill under the same key', async () => {
    at.policies.set(allowing());
    const taskId = await at.submit({ agentId: 'shell' }, ada);
    await report(taskId, await granted(taskId), { type: 'Started', data: {} }, question('k', 'read-file'));
    await resume(root, taskId);
    expect(await use(taskId, await granted(taskId), 'k')).toMatchObject({
      allowed: false,
      needsApproval: {},
    });
  });

  it('is allowed by the approval of the whole task', async () => {
    at.policies.set(allowing());
    const taskId = await at.submit({ agentId: 'shell', requiresApproval: true }, ada);
    await resume(root, taskId);
    expect(await use(taskId, await granted(taskId), 'any')).toMatchObject({ allowed: true });
  });

  it('fails the task when it is denied, with the reason', async () => {
    const { taskId } = await asking();
    await resume(root, taskId, false, 'not on a Friday');
    expect(await taskOf(taskId)).toMatchObject({ status: 'failed', error: 'denied: not on a Friday' });
  });

  it.each([
    ['who has a role that may not', { allowedRoles: ['ci'] }, root, 'allowedRoles'],
    ['who is not named', { allowedUsers: ['bob'] }, root, 'allowedUsers'],
    ['who submitted it', { notSubmitter: true }, adaAsLead, 'notSubmitter'],
  ])('is approved by nobody %s; that is recorded, and it goes on waiting', async (_, approval, by, key) => {
    const { taskId } = await asking('step-1', allowing({ approval }));
    expect(await at.refusal(by, new ResumeTask(taskId, { approved: true }))).toBe('access_denied');
    expect(await at.refusal(by, new ResumeTask(taskId, { approved: false }))).toBe('access_denied');
    expect(await at.lastAudit()).toMatchObject({
      action: 'task.approve',
      result: 'denied',
      resourceId: taskId,
      userId: by.id,
      rule: expect.stringContaining(`skillPolicies[${SKILL}].approval.${key}`),
    });
    expect((await taskOf(taskId))?.status).toBe('waiting');
    at.policies.set(allowing({ approval: { allowedUsers: ['bob'], notSubmitter: true } }));
    await resume(bob, taskId);
    expect((await taskOf(taskId))?.status).toBe('running');
  });

  it('is approved by nobody without task:approve', async () => {
    const { taskId } = await asking();
    expect(await at.refusal(ada, new ResumeTask(taskId, { approved: true }))).toBe('access_denied');
    expect(await at.refusal(ada, new ResumeTask(taskId, { input: 'yes' }))).toBe('invalid_request');
  });

  it('has the time that the policy gives it, whatever its worker says, and fails when it is over', async () => {
    const { taskId, answer } = await asking('step-1', allowing({ approval: { expiresAfterMinutes: 1 } }));
    expect(answer.needsApproval).toEqual({ ttlMs: 60_000 });
    const { waiting, updatedAt = '' } = (await taskOf(taskId)) ?? {};
    expect(Date.parse(waiting?.expiresAt ?? '') - Date.parse(updatedAt)).toBe(60_000);
    expect(await at.gate.execute(scheduler, new TimeOutTask(taskId))).toBe(false);
    const whole = await at.submit({ agentId: 'shell', requiresApproval: true }, ada);
    expect((await taskOf(whole))?.waiting?.expiresAt).toBeDefined();
  });

  it('is approved by nobody after its time, before anybody has looked at the clock', async () => {
    at.policies.set(allowing());
    const taskId = await at.submit({ agentId: 'shell' }, ada);
    const prompt = 'Approve shell-exec?';
    const brief: WorkerFact = { type: 'NeedApproval', data: { key: 'k', skillId: SKILL, prompt, ttlMs: 1 } };
    await report(taskId, await granted(taskId), { type: 'Started', data: {} }, brief);
    const expiresAt = (await taskOf(taskId))?.waiting?.expiresAt ?? '';
    await expect.poll(() => new Date().toISOString() > expiresAt).toBe(true);
    expect(await at.refusal(root, new ResumeTask(taskId, { approved: true }))).toBe('illegal_transition');
    expect(await at.gate.execute(scheduler, new TimeOutTask(taskId))).toBe(true);
  });

  it('waits for ever where no policy says', async () => {
    const { taskId } = await asking();
    expect((await taskOf(taskId))?.waiting?.expiresAt).toBeUndefined();
  });
});
