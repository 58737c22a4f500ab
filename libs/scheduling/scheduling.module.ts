import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { Scheduler, SchedulerWires } from './scheduler.service.js';
import { WorkerPort } from './worker-port.service.js';

@Module({
  imports: [AccessModule],
  providers: [Scheduler, SchedulerWires, WorkerPort],
  exports: [WorkerPort],
})
export class SchedulingModule {}
