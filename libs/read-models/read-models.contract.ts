import { describe, expect, it } from 'vitest';
import { SUBMISSION } from '#test/given';
import { badDelivery, dice, randomLog } from './histories.contract.js';
import { expectFolded, expected, folded, meshOn, meshes, placed, rows } from './mesh.contract.js';
import type { Mesh, OpenDatabase } from './mesh.contract.js';
import { TestLog, id, usual } from './test-log.contract.js';

/** What the read models promise on whatever database holds them. */
export function readModelsContract(name: string, open: OpenDatabase): void {
  describe(`read models on ${name}`, () => {
    const { mesh } = meshes(open);

    it('equal the fold of the log, whatever the feed makes of it', async () => {
      const on = await mesh();
      for (const seed of [1, 2, 3, 4]) {
        const roll = dice(seed);
        for (const { projection } of [on.state, on.history])
          await on.checkpoints.reset(projection.name, projection.tables);
        const round = meshOn(on.db);
        await Promise.all([round.state.catchUp(), round.history.catchUp()]);
        await randomLog(round.store, roll);
        const events = round.store.commits.flatMap((commit) => commit.events);
        for (const batch of badDelivery(events, roll)) {
          await Promise.all([round.state.deliver(placed(batch)), round.history.deliver(placed(batch))]);
        }
        await Promise.all([round.state.deliver(placed(events)), round.history.deliver(placed(events))]);
        await expectFolded(round);
        const live = await rows(on.db);
        for (const { projection } of [on.state, on.history])
          await on.checkpoints.reset(projection.name, projection.tables);
        await Promise.all([round.state.catchUp(), round.history.catchUp()]);
        expect(await rows(on.db)).toEqual(live);
      }
    });

    it('read a gap from the log, and only what is missing', async () => {
      const on = await mesh();
      await on.state.catchUp();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await on.store.add(id(1), ...usual('LeaseGranted', 'PlanningStarted'));
      const last = await on.store.add(id(1), ...usual('TaskStarted'));
      await on.state.deliver(placed(last));
      expect(on.store.reads.history).toBe(1);
      expect((await folded(on.db)).tasks).toEqual((await expected(on.store)).tasks);
    });

    it('write nothing for what the log does not have', async () => {
      const on = await mesh();
      await on.state.catchUp();
      const other = new TestLog();
      await other.add(id(1), ...usual('TaskSubmitted'));
      const stranger = await other.add(id(1), ...usual('LeaseGranted'));
      await expect(on.state.deliver(placed(stranger))).rejects.toMatchObject({ code: 'internal' });
      expect((await rows(on.db)).state).toEqual([]);
    });

    it('are whole when two projectors work at once', async () => {
      const on = await mesh();
      const other = meshOn(on.db, on.store);
      const roll = dice(7);
      const one = async (projector: Mesh['state']) => {
        await projector.catchUp();
        const events = on.store.commits.flatMap((commit) => commit.events);
        for (const batch of badDelivery(events, dice(9))) await projector.deliver(placed(batch));
        await projector.deliver(placed(events));
      };
      await randomLog(on.store, roll, 20);
      await Promise.all([one(on.state), one(other.state), one(on.history), one(other.history)]);
      await expectFolded(on);
    });

    it('never have rows without their checkpoint, nor the other way', async () => {
      const on = await mesh();
      await on.state.catchUp();
      await on.db.query(
        `create or replace function refuse() returns trigger language plpgsql as $$ begin raise 'cut here'; end $$`,
      );
      await on.db.query(
        'create trigger refuse before update on checkpoint for each row execute function refuse()',
      );
      const events = await on.store.add(id(1), ...usual('TaskSubmitted'));
      await expect(on.state.deliver(placed(events))).rejects.toThrow('cut here');
      expect((await rows(on.db)).state).toEqual([]);
      await on.db.query('drop trigger refuse on checkpoint');
      await on.state.deliver(placed(events));
      expect((await rows(on.db)).state).toHaveLength(1);
      expect((await on.checkpoints.read('task_state')).cursor).toEqual(events[0]?.cursor);
    });

    it('fold again a commit of which only a part was delivered before the end', async () => {
      const on = await mesh();
      await on.state.catchUp();
      const events = await on.store.add(id(1), ...usual('TaskSubmitted', 'LeaseGranted'));
      await on.state.deliver(placed(events.slice(0, 1)));
      await meshOn(on.db, on.store).state.catchUp();
      expect((await folded(on.db)).tasks).toEqual((await expected(on.store)).tasks);
    });

    it('have the tables that their entities say', async () => {
      const on = await mesh();
      const { upQueries } = await on.db.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    });

    it('keep a task of one tenant apart from those of another', async () => {
      const on = await mesh();
      await on.store.add(id(1), { type: 'TaskSubmitted', data: { ...SUBMISSION, sessionId: 's-1' } });
      await on.state.catchUp();
      const [row] = (await rows(on.db)).state as { tenant: string; session_id: string }[];
      expect(row).toMatchObject({ tenant: 'default', session_id: 's-1' });
    });
  });
}
