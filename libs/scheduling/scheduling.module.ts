import { Module } from '@nestjs/common';
import { AccessModule, TenantLimits } from '#access';
import { ConcurrencyLimits } from './concurrency-limits.js';
import { EndedSessions } from './ended-sessions.service.js';
import { Scheduler, SchedulerWires } from './scheduler.service.js';
import { Tidying } from './tidying.service.js';
import { WorkerPort } from './worker-port.service.js';

@Module({
  imports: [AccessModule],
  providers: [
    { provide: ConcurrencyLimits, useExisting: TenantLimits },
    EndedSessions,
    Scheduler,
    SchedulerWires,
    Tidying,
    WorkerPort,
  ],
  exports: [EndedSessions, Tidying, WorkerPort],
})
export class SchedulingModule {}
