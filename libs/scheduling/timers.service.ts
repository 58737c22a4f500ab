import { Injectable } from '@nestjs/common';
import { Clock, Logger, WakeUps } from '#contract';
import type { Stop } from '#contract';
import { AlarmClock } from './alarm-clock.js';
import { TaskTimes } from './task-times.service.js';

/** Has done what is due by itself. Times are in tables: whoever leads next goes on with them. */
@Injectable()
export class Timers {
  constructor(
    private readonly clock: Clock,
    private readonly wakeUps: WakeUps,
    private readonly logger: Logger,
    private readonly taskTimes: TaskTimes,
  ) {}

  /** Begins a term of leading. */
  async start(): Promise<Stop> {
    const { clock, logger } = this;
    const alarmClock = new AlarmClock({ alarms: [this.taskTimes], clock, logger });
    const stopListening = await this.wakeUps.listen('queue', () => alarmClock.hint());
    alarmClock.start();
    return async () => {
      await stopListening();
      await alarmClock.stop();
    };
  }
}
