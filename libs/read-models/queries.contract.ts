import { Test } from '@nestjs/testing';
import { CqrsModule } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate } from '#access';
import { Clock, Feed, Logger, SilentLogger, SystemClock, WakeUps } from '#contract';
import type { Actor, AuditEntry, AuditQuery, HealthCheck, TaskFilter } from '#contract';
import { EventStore } from '#event-store';
import { AgentRegistry } from '#registry';
import { SUBMISSION } from '#test/given';
import { GetAudit, GetAuditHandler } from './audit-trail/get-audit.query.js';
import { AuditTrailProjection } from './audit-trail/audit-trail.projection.js';
import { GetProjections, GetProjectionsHandler } from './projections/get-projections.query.js';
import { Checkpoints } from './projections/checkpoints.service.js';
import { LogProjector } from './projections/log.projector.js';
import { ProjectionMonitor } from './projections/projection-monitor.service.js';
import { ProjectionPorts, ProjectionRunner } from './projections/projection-runner.service.js';
import { RebuildProjection, RebuildProjectionHandler } from './projections/rebuild-projection.handler.js';
import { HandFeed, TestLog, meshOn, quiet, usual } from './read-models.contract.js';
import type { OpenDatabase } from './read-models.contract.js';
import { GetStatus, GetStatusHandler } from './status/get-status.query.js';
import { HealthChecks } from './status/health-checks.js';
import { ListAgents, ListAgentsHandler } from './status/list-agents.query.js';
import { ListSkills, ListSkillsHandler } from './status/list-skills.query.js';
import { RuntimeIdentity } from './status/runtime-identity.js';
import { StatusSources } from './status/status-sources.service.js';
import { GetTaskEvents, GetTaskEventsHandler } from './task-history/get-task-events.query.js';
import { ReplayTask, ReplayTaskHandler } from './task-history/replay-task.query.js';
import { GetTask, GetTaskHandler } from './task-state/get-task.query.js';
import { ListTasks, ListTasksHandler } from './task-state/list-tasks.query.js';
import { ListWorkers, ListWorkersHandler } from './workers/list-workers.query.js';
import { WorkerDirectory } from './workers/worker-directory.service.js';

const ann: Actor = {
  kind: 'user',
  id: 'ann',
  tenant: 'default',
  sessionId: 's',
  roles: ['admin'],
  trust: 'trusted',
};
const developer: Actor = { ...ann, id: 'dev', roles: ['developer'] };
const nobody: Actor = { ...ann, id: 'nobody', roles: [] };
const stranger: Actor = { ...ann, id: 'eve', tenant: 'other' };

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const health = { checks: [] as HealthCheck[], run: async () => health.checks };

/** What the queries answer, asked through the gate, on whatever database holds the rows. */
export function queriesContract(name: string, open: OpenDatabase): void {
  describe(`queries on ${name}`, () => {
    let gate: Gate;
    let workers: WorkerDirectory;
    let project: () => Promise<unknown>;
    let close: () => Promise<void>;
    const store = new TestLog();

    beforeAll(async () => {
      const database = await open();
      const { db } = database;
      const handlers = [
        GetTaskHandler,
        ListTasksHandler,
        GetTaskEventsHandler,
        ReplayTaskHandler,
        GetAuditHandler,
        ListAgentsHandler,
        ListSkillsHandler,
        ListWorkersHandler,
        GetStatusHandler,
        GetProjectionsHandler,
        RebuildProjectionHandler,
      ];
      const ports = [
        { provide: DataSource, useValue: db },
        { provide: EventStore, useValue: store },
        { provide: Feed, useValue: new HandFeed() },
        { provide: WakeUps, useValue: quiet },
        { provide: Logger, useValue: new SilentLogger() },
        { provide: Clock, useValue: new SystemClock() },
        { provide: AgentRegistry, useValue: new AgentRegistry() },
        { provide: HealthChecks, useValue: health },
        { provide: RuntimeIdentity, useValue: { version: '2', mode: 'local-only', startedAt: new Date() } },
      ];
      const services = [
        StatusSources,
        WorkerDirectory,
        Checkpoints,
        ProjectionMonitor,
        ProjectionPorts,
        ProjectionRunner,
        Gate,
      ];
      const module = await Test.createTestingModule({
        imports: [CqrsModule.forRoot()],
        providers: [...handlers, ...ports, ...services],
      }).compile();
      await module.init();
      gate = module.get(Gate);
      workers = module.get(WorkerDirectory);
      const mesh = meshOn(db, store);
      const audit = new LogProjector(db, mesh.checkpoints, new AuditTrailProjection(store));
      project = () => Promise.all([mesh.state.catchUp(), mesh.history.catchUp(), audit.catchUp()]);
      close = async () => {
        await module.close();
        await database.close();
      };
    });

    afterAll(() => close());

    const list = (filter: TaskFilter = {}, actor = ann) => gate.query(actor, new ListTasks(filter));
    const audit = (query: AuditQuery = {}, actor = ann) => gate.query(actor, new GetAudit(query));
    const newestFirst = async () => (await list({ limit: 200 })).tasks;

    it('say that a read model is not there yet, rather than list nothing', async () => {
      await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(audit()).rejects.toMatchObject({ code: 'unavailable' });
    });

    it('list every task once, newest first, though more come in between two pages', async () => {
      for (let n = 1; n <= 20; n++) {
        const data = {
          ...SUBMISSION,
          input: `input ${n}`,
          sessionId: `s-${n % 3}`,
          agentId: n % 4 === 0 ? 'a-1' : 'a-2',
          ownerId: n % 5 === 0 ? 'bob' : 'ann',
          ...(n % 6 === 0 ? { parentTaskId: id(1) } : {}),
        };
        await store.add(id(n), { type: 'TaskSubmitted', data });
        if (n % 2 === 0) await store.add(id(n), ...usual('TaskCancelled'));
      }
      await project();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list({ limit: 7, cursor });
        seen.push(...page.tasks.map((task) => task.id));
        ({ cursor } = page);
        await store.add(id(100 + seen.length), ...usual('TaskSubmitted'));
        await project();
      } while (cursor);
      expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => id(20 - n)));
      const [newest] = (await list()).tasks;
      expect(newest).toMatchObject({ id: id(120), input: 'npm test', status: 'pending' });
    });

    it.each<[string, TaskFilter]>([
      ['status', { status: 'cancelled' }],
      ['session', { sessionId: 's-1' }],
      ['agent', { agentId: 'a-1' }],
      ['owner', { ownerId: 'bob' }],
      ['parent', { parentTaskId: id(1) }],
      ['several at once', { status: 'cancelled', agentId: 'a-1', sessionId: 's-0' }],
    ])('list by %s exactly those that match', async (_what, filter) => {
      const matching = (await newestFirst()).filter((task) =>
        Object.entries(filter).every(([key, value]) => task[key as keyof typeof task] === value),
      );
      expect(matching.length).toBeGreaterThan(0);
      expect((await list({ ...filter, limit: 200 })).tasks).toEqual(matching);
    });

    it.each<[string, TaskFilter]>([
      ['cursor', { cursor: 'nonsense' }],
      ['limit', { limit: 0 }],
      ['status', { status: 'lost' as 'failed' }],
    ])('refuse a wrong %s, and name it', async (field, filter) => {
      await expect(list(filter)).rejects.toMatchObject({ code: 'invalid_request', details: { field } });
    });

    it('show nothing of another tenant', async () => {
      expect((await list({}, stranger)).tasks).toEqual([]);
      expect((await audit({}, stranger)).entries.filter(({ tenant }) => tenant !== 'other')).toEqual([]);
      expect(await gate.query(stranger, new GetTask(id(1)))).toBeNull();
      await expect(gate.query(stranger, new GetTaskEvents(id(1)))).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(gate.query(stranger, new ReplayTask(id(1)))).rejects.toMatchObject({ code: 'not_found' });
    });

    it('read a task as it is now, before any read model has heard of it', async () => {
      await store.add(id(500), ...usual('TaskSubmitted', 'LeaseGranted'));
      expect(await gate.query(ann, new GetTask(id(500), 2))).toMatchObject({
        id: id(500),
        version: 2,
        input: 'npm test',
      });
      await expect(gate.query(ann, new GetTask(id(500), 3))).rejects.toMatchObject({ code: 'unavailable' });
      expect(await gate.query(ann, new GetTask('no id at all'))).toBeNull();
      const events = await gate.query(ann, new GetTaskEvents(id(500)));
      expect(events.map(({ version, type }) => [version, type])).toEqual([
        [1, 'TaskSubmitted'],
        [2, 'LeaseGranted'],
      ]);
      const { state } = await gate.query(ann, new ReplayTask(id(500), { version: 1 }));
      expect(state).toMatchObject({ version: 1, attempt: 0 });
      await expect(gate.query(ann, new GetTaskEvents(id(501)))).rejects.toMatchObject({ code: 'not_found' });
    });

    it('are denied to who may not ask', async () => {
      for (const query of [new ListTasks(), new GetTask(id(1)), new GetProjections(), new GetAudit()]) {
        await expect(gate.query<unknown>(nobody, query)).rejects.toMatchObject({ code: 'access_denied' });
      }
      await expect(audit({}, developer)).rejects.toMatchObject({ code: 'access_denied' });
      await expect(gate.execute(developer, new RebuildProjection('task_state'))).rejects.toMatchObject({
        code: 'access_denied',
      });
    });

    it('tell any signed-in caller of agents, skills and workers', async () => {
      expect(await gate.query(nobody, new ListAgents())).toEqual(new AgentRegistry().list());
      expect(await gate.query(nobody, new ListSkills())).toEqual([]);
      const beat = {
        workerId: 'w-1',
        boot: id(9),
        free: 2,
        labels: ['gpu'],
        agents: ['shell'],
        held: [[id(1), 2] as [string, number]],
      };
      await Promise.all([
        workers.seen({ ...beat, free: 7 }, new Date(Date.now() - 1)),
        workers.seen(beat, new Date()),
        workers.seen({ ...beat, workerId: 'w-2' }, new Date(Date.now() - 30_000)),
      ]);
      expect(await gate.query(nobody, new ListWorkers())).toEqual([
        { id: 'w-1', labels: ['gpu'], free: 2, held: 1, lastBeatAt: expect.any(String), connected: true },
        { id: 'w-2', labels: ['gpu'], free: 2, held: 1, lastBeatAt: expect.any(String), connected: false },
      ]);
      await workers.gone('w-2');
      expect(await gate.query(nobody, new ListWorkers())).toHaveLength(1);
    });

    it('count tasks and say whether all is well', async () => {
      await project();
      const all = await newestFirst();
      const active = all.filter(({ status }) => status !== 'cancelled');
      const good = await gate.query(ann, new GetStatus());
      expect(good).toMatchObject({
        totalTasks: all.length,
        activeTasks: active.length,
        workers: 1,
        healthy: true,
        projectionLag: 0,
      });
      expect(await gate.query(stranger, new GetStatus())).toMatchObject({ totalTasks: 0, activeTasks: 0 });
      health.checks = [{ name: 'broker', healthy: false }];
      expect((await gate.query(ann, new GetStatus())).healthy).toBe(false);
      health.checks = [];
    });

    const entry = (n: number): AuditEntry => ({
      id: id(1_000 + n),
      tenant: 'default',
      at: new Date(Date.UTC(2026, 4, 1, 0, 0, n)).toISOString(),
      actorKind: 'user',
      userId: n % 2 ? 'ann' : 'bob',
      sessionId: `s-${n % 3}`,
      trust: 'trusted',
      roles: ['developer', 'ci'],
      action: n % 4 ? 'task.submit' : 'task.cancel',
      resourceType: n % 7 ? 'task' : 'policy',
      resourceId: `r-${n % 5}`,
      result: n % 6 ? 'allowed' : 'denied',
      reason: 'as it is',
      rule: 'role',
      ...(n % 8 ? {} : { deviceId: 'd-1', argumentsHash: 'ff', traceId: 'aa' }),
    });
    const entries = Array.from({ length: 40 }, (_, n) => entry(n + 1));
    const inMay = { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' };

    it('give audit records back as they were written, in pages, newest first', async () => {
      for (const one of entries) await store.record(one);
      await store.record({ ...entry(41), tenant: 'other' });
      await project();
      const found: AuditEntry[] = [];
      let cursor: string | undefined;
      do {
        const page = await audit({ ...inMay, limit: 9, cursor });
        found.push(...page.entries);
        ({ cursor } = page);
        await project(); // the reading itself was recorded meanwhile
      } while (cursor);
      expect(found).toEqual(entries.toReversed());
    });

    it.each<[string, AuditQuery, (one: AuditEntry) => boolean]>([
      ['user', { userId: 'bob' }, (one) => one.userId === 'bob'],
      ['session', { sessionId: 's-1' }, (one) => one.sessionId === 's-1'],
      ['device', { deviceId: 'd-1' }, (one) => one.deviceId === 'd-1'],
      ['action', { action: 'task.cancel' }, (one) => one.action === 'task.cancel'],
      ['kind of resource', { resourceType: 'policy' }, (one) => one.resourceType === 'policy'],
      ['resource', { resourceId: 'r-3' }, (one) => one.resourceId === 'r-3'],
      ['result', { result: 'denied' }, (one) => one.result === 'denied'],
      ['the first moment', { from: entry(30).at }, (one) => one.at >= entry(30).at],
      ['the moment it ends before', { to: entry(30).at }, (one) => one.at < entry(30).at],
    ])('find audit records by %s', async (_what, query, matches) => {
      const expected = entries.filter(matches).toReversed();
      expect(expected.length).toBeGreaterThan(0);
      expect((await audit({ ...inMay, ...query, limit: 1000 })).entries).toEqual(expected);
    });

    it('are on record themselves when they read the audit', async () => {
      const before = store.audits.length;
      await audit({ userId: 'bob' });
      expect(store.audits.slice(before).map((one) => one.entry)).toMatchObject([
        { action: 'audit.read', userId: 'ann', result: 'allowed' },
      ]);
    });

    it('rebuild a read model for an admin, on record, and no other', async () => {
      const before = store.audits.length;
      await gate.execute(ann, new RebuildProjection('task_state'));
      expect(store.audits.slice(before).map((one) => one.entry)).toMatchObject([
        { action: 'projection.rebuild', resourceId: 'task_state', result: 'allowed' },
      ]);
      expect((await gate.query(ann, new GetProjections()))[0]).toMatchObject({
        name: 'task_state',
        state: 'building',
        healthy: false,
      });
      await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
      await project();
      expect((await list()).tasks.length).toBeGreaterThan(0);
      await expect(gate.execute(ann, new RebuildProjection('tasks; drop'))).rejects.toMatchObject({
        code: 'not_found',
      });
    });
  });
}
