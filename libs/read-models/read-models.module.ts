import { Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail/audit-trail.service.js';
import { GetAuditHandler } from './audit-trail/get-audit.query.js';
import { GetOwnAuditHandler } from './audit-trail/get-own-audit.query.js';
import { GetDeadLetterHandler } from './dead-letters/get-dead-letter.query.js';
import { ListDeadLettersHandler } from './dead-letters/list-dead-letters.query.js';
import { Checkpoints } from './projections/checkpoints.service.js';
import { GetProjectionsHandler } from './projections/get-projections.query.js';
import { ProjectionMonitor } from './projections/projection-monitor.service.js';
import { ProjectionPorts, ProjectionRunner } from './projections/projection-runner.service.js';
import { RebuildProjectionHandler } from './projections/rebuild-projection.handler.js';
import { GetMeasurementsHandler } from './status/get-measurements.query.js';
import { GetStatusHandler } from './status/get-status.query.js';
import { ListAgentsHandler } from './status/list-agents.query.js';
import { ListSkillsHandler } from './status/list-skills.query.js';
import { StatusPage } from './status/status-page.service.js';
import { StatusSources } from './status/status-sources.service.js';
import { GetTaskEventsHandler } from './task-history/get-task-events.query.js';
import { ReplayTaskHandler } from './task-history/replay-task.query.js';
import { WatchTaskHandler } from './task-history/watch-task.query.js';
import { GetTaskHandler } from './task-state/get-task.query.js';
import { ListTasksHandler } from './task-state/list-tasks.query.js';
import { ListWorkersHandler } from './workers/list-workers.query.js';
import { WorkerDirectory } from './workers/worker-directory.service.js';

/**
 * The app brings, globally: DataSource (with `readModelEntities` and `readModelMigrations`), EventStore, Feed, WakeUps,
 * LiveUpdates, AgentRegistry, Logger, Clock, HealthChecks and RuntimeIdentity.
 */
@Module({
  providers: [
    GetTaskHandler,
    ListTasksHandler,
    GetTaskEventsHandler,
    ReplayTaskHandler,
    WatchTaskHandler,
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
    AuditTrail,
    StatusSources,
    StatusPage,
    WorkerDirectory,
    Checkpoints,
    ProjectionMonitor,
    ProjectionPorts,
    ProjectionRunner,
  ],
  exports: [ProjectionRunner, ProjectionMonitor, WorkerDirectory],
})
export class ReadModelsModule {}
