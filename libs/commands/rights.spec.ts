import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actor, admin, developer, openGate, scheduler, worker } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';
import { CancelTask, GrantLease, SubmitTask, UseSkill } from './index.js';

describe('the gate', () => {
  let at: OpenedGate;
  beforeAll(async () => {
    at = await openGate();
  }, 60_000);
  afterAll(() => at?.close());

  const held = async (taskId: string) =>
    (await at.gate.execute(scheduler, new GrantLease(taskId, 'w', 1_000))).epoch;

  describe('shows each session its own tasks', () => {
    const sameSession = actor(['developer'], { id: 'ada' });
    const otherSession = actor(['developer'], { id: 'ada', sessionId: 'other' });
    const overseer = actor(['developer', 'lead'], { id: 'lea', sessionId: 'of-lea' });

    it('and hides those of others, also from the same user', async () => {
      const taskId = await at.submit();
      expect(await at.refusal(otherSession, new CancelTask(taskId, 'not mine'))).toBe('not_found');
      expect(await at.lastAudit()).toMatchObject({
        action: 'task.cancel',
        resourceId: taskId,
        result: 'denied',
        rule: 'isolation',
      });
      await at.gate.execute(sameSession, new CancelTask(taskId, 'mine'));
    });

    it('and all of them to who manages sessions', async () => {
      at.policies.set({ roles: { lead: { permissions: ['session:manage'] } } });
      const taskId = await at.submit();
      await at.gate.execute(overseer, new CancelTask(taskId, 'as lead'));
      at.policies.set({});
      const another = await at.submit();
      expect(await at.refusal(overseer, new CancelTask(another, 'lead no more'))).toBe('not_found');
    });

    it('and takes no task into a session, or under a parent, that the caller may not see', async () => {
      const parentTaskId = await at.submit({}, otherSession);
      at.belongings.told.set('context/other', { tenant: 'here', userId: 'ada', sessionId: 'other' });
      const request = { description: 'd', input: 'i', agentId: 'echo' };
      expect(await at.refusal(developer, new SubmitTask({ ...request, sessionId: 'other' }))).toBe(
        'not_found',
      );
      expect(await at.refusal(developer, new SubmitTask({ ...request, sessionId: 'nobodys' }))).toBe(
        'not_found',
      );
      expect(await at.refusal(developer, new SubmitTask({ ...request, parentTaskId }))).toBe('not_found');
      const { state } = await at.gate.execute(
        otherSession,
        new SubmitTask({ ...request, sessionId: 'other', parentTaskId }),
      );
      expect(state).toMatchObject({ sessionId: 'other', parentTaskId });
    });
  });

  describe('judges a task again', () => {
    const dangerous = { skillPolicies: [{ skillId: 'shell-exec', allowedRoles: ['developer'] }] };
    const trusted = actor(['developer'], { trust: 'verified' });
    it('before a worker gets it: what its owner may no longer do fails, and says why', async () => {
      at.policies.set(dangerous);
      const taskId = await at.submit({ agentId: 'shell' }, trusted);
      at.policies.set({ ...dangerous, deniedSkills: ['shell-exec'] });
      expect(await at.refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
      const stored = await at.store.load(taskId);
      expect(stored?.task.status).toBe('failed');
      expect(stored?.task.error).toMatch(/^not allowed any more: /);
      expect(await at.lastAudit()).toMatchObject({
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
      at.policies.set(dangerous);
      const taskId = await at.submit({ agentId: 'shell' }, trusted);
      at.subjects.told.set('ada', now);
      expect(await at.refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
      at.subjects.told.delete('ada');
      expect((await at.store.load(taskId))?.task.status).toBe('failed');
    });

    it('before a worker gets it: a device whose trust fell takes its tasks with it', async () => {
      at.policies.set(dangerous);
      const taskId = await at.submit(
        { agentId: 'shell' },
        actor(['developer'], { trust: 'verified', deviceId: 'd' }),
      );
      at.subjects.told.set('ada', { roles: ['developer'], trust: 'untrusted' });
      expect(await at.refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied');
      at.subjects.told.delete('ada');
    });

    it('at each use of a skill, and records the answer', async () => {
      at.policies.set(dangerous);
      const taskId = await at.submit({ agentId: 'shell' }, trusted);
      const use = { workerId: 'w', taskId, epoch: await held(taskId), skillId: 'shell-exec' };
      expect(await at.gate.execute(worker, new UseSkill(use))).toMatchObject({ allowed: true });
      expect(await at.lastAudit()).toMatchObject({
        action: 'skill.execute',
        userId: 'ada',
        result: 'allowed',
      });
      at.policies.set({ ...dangerous, deniedSkills: ['shell-exec'] });
      expect(await at.gate.execute(worker, new UseSkill(use))).toMatchObject({ allowed: false });
      expect(await at.lastAudit()).toMatchObject({
        action: 'skill.execute',
        userId: 'ada',
        result: 'denied',
      });
      at.policies.set(dangerous);
      expect(await at.gate.execute(worker, new UseSkill({ ...use, skillId: 'undeclared' }))).toMatchObject({
        allowed: false,
      });
      expect(await at.refusal(worker, new UseSkill({ ...use, epoch: 1 }))).toBe('fenced');
      expect(await at.refusal(worker, new UseSkill({ ...use, workerId: 'another' }))).toBe('fenced');
      expect(await at.refusal(admin, new UseSkill(use))).toBe('access_denied');
    });
  });
});
