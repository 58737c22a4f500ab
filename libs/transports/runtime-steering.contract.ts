import { describe, expect, it } from 'vitest';
import type { RuntimeInterface } from '#contract';
import { NOBODY, all, code, textOf, upTo, verbs } from './runtime-verbs.contract.js';

/** Cancel, pause, resume, approve, and what is asked of tasks. */
export function steeringContract(runtime: RuntimeInterface): void {
  const { submit, finished, running } = verbs(runtime);

  describe('steering', () => {
    it('cancels once, however often it is asked', async () => {
      const { id } = await running();
      expect(await runtime.cancelTask(id, 'enough')).toBe(true);
      expect(await runtime.cancelTask(id)).toBe(true);
      const cancellations = (await runtime.getTaskEvents(id)).filter(({ type }) => type === 'TaskCancelled');
      expect(cancellations.map(({ data }) => data)).toEqual([{ reason: 'enough' }]);
      expect(await runtime.getTaskState(id)).toMatchObject({ status: 'cancelled' });
    });

    it('does not cancel what has ended otherwise, or is not there', async () => {
      const { id } = await finished('echo done');
      expect(await runtime.cancelTask(id)).toBe(false);
      expect(await runtime.cancelTask(NOBODY)).toBe(false);
      expect(await runtime.getTaskState(id)).toMatchObject({ status: 'completed' });
    });

    it('pauses and resumes', async () => {
      const { id } = await running();
      expect(await runtime.pauseTask(id)).toMatchObject({
        id,
        status: 'waiting',
        waiting: { kind: 'paused' },
      });
      expect(await runtime.pauseTask(id)).toMatchObject({ status: 'waiting' });
      const resumed = await runtime.resumeTask(id);
      expect(resumed.waiting).toBeUndefined();
      for await (const { type } of runtime.streamTaskUpdates(id, { after: resumed.version - 1 }))
        if (type === 'LeaseGranted') break;
      expect(await runtime.getTaskState(id)).toMatchObject({ attempt: 2 });
      await runtime.cancelTask(id);
    });

    it('runs what waits for an approval once it is approved, and never what is denied', async () => {
      const approved = await submit('echo approved', { requiresApproval: true });
      expect(approved).toMatchObject({ status: 'waiting', waiting: { kind: 'approval' } });
      await expect(runtime.resumeTask(approved.id)).rejects.toEqual(code('invalid_request', 'approved'));
      await runtime.resumeTask(approved.id, { approved: true });
      expect(textOf(await all(runtime.streamTaskUpdates(approved.id)))).toBe('approved\n');

      const denied = await submit('echo denied', { requiresApproval: true });
      await runtime.resumeTask(denied.id, { approved: false, reason: 'no' });
      const updates = await all(runtime.streamTaskUpdates(denied.id));
      expect(updates.at(-1)?.status).toBe('failed');
      expect(updates.map(({ type }) => type)).not.toContain('LeaseGranted');
    });

    it('refuses steps that the state table does not have', async () => {
      const { id } = await finished('echo done');
      await expect(runtime.pauseTask(id)).rejects.toEqual(code('illegal_transition'));
      await expect(runtime.resumeTask(id)).rejects.toEqual(code('illegal_transition'));
    });
  });

  describe('asking', () => {
    it.each([NOBODY, 'no-uuid', '../status', ''])('knows nothing of a task "%s"', async (id) => {
      expect(await runtime.getTaskState(id)).toBeNull();
      await expect(runtime.getTaskEvents(id)).rejects.toEqual(code('not_found'));
      await expect(runtime.pauseTask(id)).rejects.toEqual(code('not_found'));
      await expect(runtime.resumeTask(id)).rejects.toEqual(code('not_found'));
      await expect(all(runtime.streamTaskUpdates(id))).rejects.toEqual(code('not_found'));
    });

    it('lists what it was asked for, newest first, page by page', async () => {
      const sessionId = `s-${crypto.randomUUID()}`;
      const ids: string[] = [];
      for (const n of upTo(3)) ids.unshift((await submit(`echo ${n}`, { sessionId })).id);
      const page = () => runtime.listTasks({ sessionId, limit: 2 });
      await expect
        .poll(async () => (await runtime.listTasks({ sessionId })).tasks.length, { timeout: 10_000 })
        .toBe(3);
      const first = await page();
      const second = await runtime.listTasks({ sessionId, limit: 2, cursor: first.cursor });
      expect([...first.tasks, ...second.tasks].map(({ id }) => id)).toEqual(ids);
      expect(second.cursor).toBeUndefined();
      await expect(runtime.listTasks({ limit: 0 })).rejects.toEqual(code('invalid_request', 'limit'));
      await expect(runtime.listTasks({ colour: 'red' } as object)).rejects.toEqual(
        code('invalid_request', 'colour'),
      );
    });

    it('names its agents and skills, and says how it is', async () => {
      expect((await runtime.listAgents()).map(({ id }) => id)).toContain('shell');
      expect(await runtime.listSkills()).toEqual(expect.any(Array));
      const status = await runtime.getStatus();
      expect(status).toMatchObject({
        version: expect.any(String) as unknown,
        checks: expect.any(Array) as unknown,
      });
      expect(status.healthy).toBe(status.checks.every(({ healthy }) => healthy));
      expect(status.totalTasks).toBeGreaterThanOrEqual(status.activeTasks);
    });
  });
}
