import { describe, expect, it } from 'vitest';
import type { AuditQuery, TaskFilter } from '#contract';
import { AgentRegistry } from '#registry';
import { SUBMISSION } from '#test/given';
import { ann, asking, developer, nobody, stranger } from './asked.contract.js';
import { GetAudit } from './audit-trail/get-audit.query.js';
import type { OpenDatabase } from './mesh.contract.js';
import { GetProjections } from './projections/get-projections.query.js';
import { RebuildProjection } from './projections/rebuild-projection.handler.js';
import { GetMeasurements } from './status/get-measurements.query.js';
import { GetStatus } from './status/get-status.query.js';
import { ListAgents } from './status/list-agents.query.js';
import { ListSkills } from './status/list-skills.query.js';
import { GetTask } from './task-state/get-task.query.js';
import { ListTasks } from './task-state/list-tasks.query.js';
import { id, usual } from './test-log.contract.js';
import { ListWorkers } from './workers/list-workers.query.js';

/** What is answered of the runtime itself, and to whom. */
export function statusQueriesContract(name: string, open: OpenDatabase): void {
  describe(`queries of the runtime on ${name}`, () => {
    const asked = asking(open);
    const list = (filter: TaskFilter = {}, actor = ann) => asked().gate.query(actor, new ListTasks(filter));
    const audit = (query: AuditQuery = {}, actor = ann) => asked().gate.query(actor, new GetAudit(query));
    const newestFirst = async () => (await list({ limit: 200 })).tasks;

    it('are denied to who may not ask', async () => {
      const ofTheirSession = { ...SUBMISSION, sessionId: nobody.sessionId };
      await asked().store.add(id(1), { type: 'TaskSubmitted', data: ofTheirSession });
      for (const query of [new ListTasks(), new GetTask(id(1)), new GetProjections(), new GetAudit()]) {
        await expect(asked().gate.query<unknown>(nobody, query)).rejects.toMatchObject({
          code: 'access_denied',
        });
      }
      await expect(audit({}, developer)).rejects.toMatchObject({ code: 'access_denied' });
      await expect(
        asked().gate.execute(developer, new RebuildProjection('task_state')),
      ).rejects.toMatchObject({
        code: 'access_denied',
      });
    });

    it('tell any signed-in caller of agents, skills and workers', async () => {
      expect(await asked().gate.query(nobody, new ListAgents())).toEqual(new AgentRegistry().list());
      expect(await asked().gate.query(nobody, new ListSkills())).toEqual(new AgentRegistry().listSkills());
      const beat = {
        workerId: 'w-1',
        boot: id(9),
        free: 2,
        labels: ['gpu'],
        agents: ['shell'],
        held: [[id(1), 2] as [string, number]],
      };
      await Promise.all([
        asked().workers.seen({ ...beat, free: 7 }, new Date(Date.now() - 1)),
        asked().workers.seen(beat, new Date()),
        asked().workers.seen({ ...beat, workerId: 'w-2' }, new Date(Date.now() - 30_000)),
      ]);
      const w = { agents: ['shell'], labels: ['gpu'], free: 2, held: 1, lastBeatAt: expect.any(String) };
      expect(await asked().gate.query(nobody, new ListWorkers())).toEqual([
        { ...w, id: 'w-1', connected: true },
        { ...w, id: 'w-2', connected: false },
      ]);
      await asked().workers.gone('w-2');
      expect(await asked().gate.query(nobody, new ListWorkers())).toHaveLength(1);
    });

    it('count tasks and say whether all is well', async () => {
      for (const n of [2, 3]) await asked().store.add(id(n), ...usual('TaskSubmitted'));
      await asked().store.add(id(3), ...usual('TaskCancelled'));
      await asked().project();
      const all = await newestFirst();
      const active = all.filter(({ status }) => status !== 'cancelled');
      const good = await asked().gate.query(ann, new GetStatus());
      expect(good).toMatchObject({
        totalTasks: all.length,
        activeTasks: active.length,
        workers: 1,
        healthy: true,
        projectionLag: 0,
      });
      asked().health.checks = [{ name: 'broker', healthy: false }];
      expect((await asked().gate.query(ann, new GetStatus())).healthy).toBe(false);
      asked().health.checks = [];
    });

    it('tell other tenants whether all is well, and nothing of what serves everybody', async () => {
      asked().health.checks = [{ name: 'broker', healthy: false, detail: 'nats-1 is away' }];
      const status = await asked().gate.query(stranger, new GetStatus());
      asked().health.checks = [];
      const theirs = { totalTasks: 0, activeTasks: 0, queueDepth: 0, checks: [] };
      expect(status).toEqual({
        ...theirs,
        version: '2',
        mode: 'local-only',
        uptime: expect.any(Number),
        healthy: false,
      });
      for (const query of [new ListWorkers(), new GetProjections(), new GetMeasurements()]) {
        await expect(asked().gate.query<unknown>(stranger, query)).rejects.toMatchObject({
          code: 'access_denied',
          message: expect.stringContaining('only those of default may ask'),
        });
      }
      expect(await asked().gate.query(nobody, new GetMeasurements())).toMatchObject({ workers: 1 });
    });

    it('rebuild a read model for an admin, on record, and no other', async () => {
      const before = asked().store.audits.length;
      await asked().gate.execute(ann, new RebuildProjection('task_state'));
      expect(
        asked()
          .store.audits.slice(before)
          .map(({ text }) => JSON.parse(text) as unknown),
      ).toMatchObject([{ action: 'projection.rebuild', resourceId: 'task_state', result: 'allowed' }]);
      expect((await asked().gate.query(ann, new GetProjections()))[0]).toMatchObject({
        name: 'task_state',
        state: 'building',
        healthy: false,
      });
      await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
      await asked().project();
      expect((await list()).tasks.length).toBeGreaterThan(0);
      await expect(asked().gate.execute(ann, new RebuildProjection('tasks; drop'))).rejects.toMatchObject({
        code: 'not_found',
      });
    });
  });
}
