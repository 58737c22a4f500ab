import { Injectable } from '@nestjs/common';
import { Gate } from '#access';
import { TimeOutTask } from '#commands';
import { Logger } from '#contract';
import { messageOf } from '#errors';
import { DueTasks } from '#event-store';
import { BATCH, ringAll } from './alarm.js';
import type { Alarm, Rung } from './alarm.js';
import { TIMERS } from './system-actor.js';

/** Ends tasks whose time, or the time of whose question, is over. */
@Injectable()
export class TaskTimes implements Alarm {
  constructor(
    private readonly due: DueTasks,
    private readonly gate: Gate,
    private readonly logger: Logger,
  ) {}

  async ring(now: string): Promise<Rung> {
    return ringAll(await this.due.next(BATCH), ({ dueAt }) => dueAt, {
      now,
      done: ({ taskId }) => this.gate.execute(TIMERS, new TimeOutTask(taskId)),
      failed: (error) =>
        this.logger.warn('a task whose time is over will be ended later', { error: messageOf(error) }),
    });
  }
}
