import { Injectable } from '@nestjs/common';
import { Clock, Logger, WakeUps } from '#contract';
import type { Stop } from '#contract';
import { AlarmClock } from './alarm-clock.js';
import { ScheduleTimes } from './schedules/schedule-times.service.js';
import { TaskTimes } from './task-times.service.js';

/** Has done what is due by itself. Times are in tables: whoever leads next goes on with them. */
@Injectable()
export class Timers {
  constructor(
    private readonly clock: Clock,
    private readonly wakeUps: WakeUps,
    private readonly logger: Logger,
    private readonly taskTimes: TaskTimes,
    private readonly scheduleTimes: ScheduleTimes,
  ) {}

  /** Begins a term of leading. */
  async start(): Promise<Stop> {
    const { clock, logger, taskTimes, scheduleTimes } = this;
    const alarmClock = new AlarmClock({ alarms: [taskTimes, scheduleTimes], clock, logger });
    const stopListening = await this.wakeUps.listen('queue', () => alarmClock.hint());
    alarmClock.start();
    return async () => {
      await stopListening();
      await alarmClock.stop();
    };
  }
}
