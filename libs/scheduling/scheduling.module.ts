import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { EndedSessions } from './ended-sessions.service.js';
import { Scheduler, SchedulerWires } from './scheduler.service.js';
import { WorkerPort } from './worker-port.service.js';

@Module({
  imports: [AccessModule],
  providers: [EndedSessions, Scheduler, SchedulerWires, WorkerPort],
  exports: [EndedSessions, WorkerPort],
})
export class SchedulingModule {}
