import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { AccessModule, Belongings, Gate, Policies, Subjects, WaysIn } from '#access';
import { Clock, Feed, Logger, SilentLogger, SystemClock, WakeUps } from '#contract';
import type { Actor, HealthCheck } from '#contract';
import { EventStore } from '#event-store';
import { AgentRegistry } from '#registry';
import { MemoryBelongings, MemoryPolicies, MemorySubjects, MemoryWaysIn } from '#test/access';
import { AuditTrail } from './audit-trail/audit-trail.service.js';
import { GetAuditHandler } from './audit-trail/get-audit.query.js';
import { GetOwnAuditHandler } from './audit-trail/get-own-audit.query.js';
import { AuditTrailProjection } from './audit-trail/audit-trail.projection.js';
import { GetDeadLetterHandler } from './dead-letters/get-dead-letter.query.js';
import { ListDeadLettersHandler } from './dead-letters/list-dead-letters.query.js';
import { GetProjectionsHandler } from './projections/get-projections.query.js';
import { Checkpoints } from './projections/checkpoints.service.js';
import { LogProjector } from './projections/log.projector.js';
import { ProjectionMonitor } from './projections/projection-monitor.service.js';
import { ProjectionPorts, ProjectionRunner } from './projections/projection-runner.service.js';
import { RebuildProjectionHandler } from './projections/rebuild-projection.handler.js';
import { meshOn } from './mesh.contract.js';
import type { OpenDatabase } from './mesh.contract.js';
import { HandFeed, TestLog, quiet } from './test-log.contract.js';
import { GetMeasurementsHandler } from './status/get-measurements.query.js';
import { GetStatusHandler } from './status/get-status.query.js';
import { HealthChecks } from './status/health-checks.js';
import { ListAgentsHandler } from './status/list-agents.query.js';
import { ListSkillsHandler } from './status/list-skills.query.js';
import { RuntimeIdentity } from './status/runtime-identity.js';
import { StatusPage } from './status/status-page.service.js';
import { StatusSources } from './status/status-sources.service.js';
import { GetTaskEventsHandler } from './task-history/get-task-events.query.js';
import { ReplayTaskHandler } from './task-history/replay-task.query.js';
import { GetTaskHandler } from './task-state/get-task.query.js';
import { ListTasksHandler } from './task-state/list-tasks.query.js';
import { ListWorkersHandler } from './workers/list-workers.query.js';
import { WorkerDirectory } from './workers/worker-directory.service.js';

export const ann: Actor = {
  kind: 'user',
  id: 'ann',
  tenant: 'default',
  sessionId: 's',
  roles: ['admin'],
  trust: 'trusted',
};
export const developer: Actor = { ...ann, id: 'dev', roles: ['developer'] };
export const nobody: Actor = { ...ann, id: 'nobody', roles: [] };
export const stranger: Actor = { ...ann, id: 'eve', tenant: 'other' };

export type Asked = Readonly<{
  gate: Gate;
  workers: WorkerDirectory;
  /** Folds what the log has. */
  project: () => Promise<unknown>;
  store: TestLog;
  health: { checks: HealthCheck[] };
}>;

/** Queries behind a gate, on a database of their own, for the specs of a suite. */
export function asking(open: OpenDatabase): () => Asked {
  const store = new TestLog();
  const health = { checks: [] as HealthCheck[], run: async () => health.checks };
  let asked: Asked | undefined;
  let close: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const database = await open();
    const { db } = database;
    store.keepAuditIn(db);
    const handlers = [
      GetTaskHandler,
      ListTasksHandler,
      GetTaskEventsHandler,
      ReplayTaskHandler,
      GetDeadLetterHandler,
      ListDeadLettersHandler,
      GetAuditHandler,
      GetOwnAuditHandler,
      ListAgentsHandler,
      ListSkillsHandler,
      ListWorkersHandler,
      GetStatusHandler,
      GetMeasurementsHandler,
      GetProjectionsHandler,
      RebuildProjectionHandler,
    ];
    const ports = [
      { provide: DataSource, useValue: db },
      { provide: EventStore, useValue: store },
      { provide: Policies, useValue: new MemoryPolicies() },
      { provide: WaysIn, useValue: new MemoryWaysIn() },
      { provide: Belongings, useValue: new MemoryBelongings(store) },
      { provide: Subjects, useValue: new MemorySubjects({ roles: [], trust: 'trusted' }) },
      { provide: Feed, useValue: new HandFeed() },
      { provide: WakeUps, useValue: quiet },
      { provide: Logger, useValue: new SilentLogger() },
      { provide: Clock, useValue: new SystemClock() },
      { provide: AgentRegistry, useValue: new AgentRegistry() },
      { provide: HealthChecks, useValue: health },
      { provide: RuntimeIdentity, useValue: { version: '2', mode: 'local-only', startedAt: new Date() } },
    ];
    const services = [
      AuditTrail,
      StatusSources,
      StatusPage,
      WorkerDirectory,
      Checkpoints,
      ProjectionMonitor,
      ProjectionPorts,
      ProjectionRunner,
    ];
    @Global()
    @Module({ providers: ports, exports: ports.map(({ provide }) => provide) })
    class Adapters {}
    const module = await Test.createTestingModule({
      imports: [Adapters, AccessModule],
      providers: [...handlers, ...services],
    }).compile();
    await module.init();
    const mesh = meshOn(db, store);
    const audit = new LogProjector(db, mesh.checkpoints, new AuditTrailProjection(store));
    const project = () => Promise.all([mesh.state.catchUp(), mesh.history.catchUp(), audit.catchUp()]);
    asked = { gate: module.get(Gate), workers: module.get(WorkerDirectory), project, store, health };
    close = async () => {
      await module.close();
      await db.query('truncate audit');
      await database.close();
    };
  });

  afterAll(() => close?.());

  return () => {
    if (!asked) throw new Error('asked before it was set up');
    return asked;
  };
}
