import { GuardedCommand, GuardedQuery } from '#access';
import type { Schedule, ScheduleRequest } from '#contract';

/** Makes a schedule of the caller's. Its handlers are where schedules are kept. */
export class CreateSchedule extends GuardedCommand<Schedule> {
  constructor(readonly request: ScheduleRequest) {
    super();
  }
}

/** Ends a schedule; what it has submitted goes on. */
export class DeleteSchedule extends GuardedCommand<void> {
  constructor(readonly scheduleId: string) {
    super();
  }
}

/** The caller's schedules, or all of the tenant for who manages sessions. */
export class ListSchedules extends GuardedQuery<readonly Schedule[]> {}

/** One schedule. */
export class GetSchedule extends GuardedQuery<Schedule> {
  constructor(readonly scheduleId: string) {
    super();
  }
}
