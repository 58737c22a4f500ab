import { describe, expect, it, vi } from 'vitest';
import { dice, randomLog } from './histories.contract.js';
import { expectFolded, folded, meshes, rows } from './mesh.contract.js';
import type { OpenDatabase } from './mesh.contract.js';
import { id, usual } from './test-log.contract.js';

/** What the read models do when something else went wrong. */
export function recoveryContract(name: string, open: OpenDatabase): void {
  describe(`read models that recover, on ${name}`, () => {
    const { mesh, running } = meshes(open);

    it('refuse to answer when the log is not the one they have read, until they are rebuilt', async () => {
      const on = await mesh();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await on.store.add(id(2), ...usual('TaskSubmitted'));
      await on.state.catchUp();
      await on.monitor.require('task_state');
      on.store.lose(1);
      expect(await on.state.catchUp()).toMatchObject({ state: 'refused' });
      await expect(on.monitor.require('task_state')).rejects.toMatchObject({ code: 'unavailable' });
      const [status] = await on.monitor.status();
      expect(status).toMatchObject({ name: 'task_state', state: 'refused', healthy: false });
      expect(status?.error).toContain('rebuild');
      await on.checkpoints.reset('task_state', on.state.projection.tables);
      expect(await on.state.catchUp()).toMatchObject({ state: 'live', error: null });
      expect((await folded(on.db)).tasks.map(({ taskId }: { taskId: string }) => taskId)).toEqual([id(1)]);
    });

    it('refuse when another commit is where their last one was', async () => {
      const on = await mesh();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await on.state.catchUp();
      on.store.lose(1);
      await on.store.add(id(2), ...usual('TaskSubmitted'));
      expect(await on.state.catchUp()).toMatchObject({ state: 'refused' });
    });

    it('catch up by themselves when the feed is silent, and notice a log that was put back', async () => {
      const on = await mesh();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await running(on);
      await on.store.add(id(1), ...usual('TaskCancelled')); // nobody delivers it
      await vi.waitFor(() => expectFolded(on), 10_000);
      on.store.lose(1);
      await vi.waitFor(
        async () => expect((await on.monitor.status())[0]).toMatchObject({ state: 'refused' }),
        10_000,
      );
    });

    it('go on where they were when they are stopped and started again', async () => {
      const on = await mesh();
      const runner = await running(on);
      await runner.stop();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      expect(on.feed.attached).toBe(0);
      expect((await rows(on.db)).state).toEqual([]);
      runner.start();
      await vi.waitFor(() => expectFolded(on), 10_000);
      await vi.waitFor(() => expect(on.feed.attached).toBe(2), 10_000);
    });

    it('are rebuilt while they run, answer nothing meanwhile, and are the same after', async () => {
      const on = await mesh();
      const roll = dice(11);
      const runner = await running(on);
      await randomLog(on.store, roll);
      await on.feed.deliver(on.store.commits.flatMap((commit) => commit.events));
      const live = await rows(on.db);
      expect(live.state).toHaveLength(12);
      const tail = vi.spyOn(on.store, 'tail').mockRejectedValue(new Error('the log is away'));
      await runner.rebuild('task_state');
      await runner.rebuild('task_history');
      await expect(on.monitor.require('task_state')).rejects.toMatchObject({ code: 'unavailable' });
      await on.feed.deliver(on.store.commits.slice(-3).flatMap((commit) => commit.events));
      expect((await rows(on.db)).state).toEqual([]);
      await vi.waitFor(
        async () => expect((await on.monitor.status())[0]).toMatchObject({ error: 'the log is away' }),
        10_000,
      );
      tail.mockRestore();
      await vi.waitFor(
        () => Promise.all([on.monitor.require('task_state'), on.monitor.require('task_history')]),
        10_000,
      );
      expect(await rows(on.db)).toEqual(live);
      await vi.waitFor(async () => {
        for (const status of await on.monitor.status())
          expect(status).toMatchObject({ healthy: true, behind: 0 });
      }, 10_000);
    });
  });
}
