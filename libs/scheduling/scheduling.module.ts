import { Module } from '@nestjs/common';
import { AccessModule, TenantLimits } from '#access';
import { ConcurrencyLimits } from './concurrency-limits.js';
import { EndedSessions } from './ended-sessions.service.js';
import { Scheduler, SchedulerWires } from './scheduler.service.js';
import { WorkerPort } from './worker-port.service.js';

@Module({
  imports: [AccessModule],
  providers: [
    { provide: ConcurrencyLimits, useExisting: TenantLimits },
    EndedSessions,
    Scheduler,
    SchedulerWires,
    WorkerPort,
  ],
  exports: [EndedSessions, WorkerPort],
})
export class SchedulingModule {}
