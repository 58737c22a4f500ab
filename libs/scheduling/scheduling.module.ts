import { Module } from '@nestjs/common';
import { AccessModule, TenantLimits } from '#access';
import { ConcurrencyLimits } from './concurrency-limits.js';
import { EndedSessions } from './ended-sessions.service.js';
import { ArchivesInUse, OldArtifacts } from './old-artifacts.service.js';
import { Scheduler, SchedulerWires } from './scheduler.service.js';
import { Tidying } from './tidying.service.js';
import { SCHEDULE_PROVIDERS } from './schedules/providers.js';
import { TaskTimes } from './task-times.service.js';
import { Timers } from './timers.service.js';
import { WorkerPort } from './worker-port.service.js';

@Module({
  imports: [AccessModule],
  providers: [
    { provide: ConcurrencyLimits, useExisting: TenantLimits },
    ArchivesInUse,
    EndedSessions,
    OldArtifacts,
    Scheduler,
    SchedulerWires,
    ...SCHEDULE_PROVIDERS,
    TaskTimes,
    Tidying,
    Timers,
    WorkerPort,
  ],
  exports: [EndedSessions, OldArtifacts, Tidying, Timers, WorkerPort],
})
export class SchedulingModule {}
