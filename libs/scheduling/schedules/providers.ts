import { CreateScheduleHandler } from './create-schedule.handler.js';
import { DeleteScheduleHandler } from './delete-schedule.handler.js';
import { GetScheduleHandler, ListSchedulesHandler } from './read-schedules.query.js';
import { ScheduleTimes, ScheduleWires } from './schedule-times.service.js';
import { Schedules } from './schedules.service.js';

/** All that schedules are made of. */
export const SCHEDULE_PROVIDERS = [
  Schedules,
  ScheduleTimes,
  ScheduleWires,
  CreateScheduleHandler,
  DeleteScheduleHandler,
  ListSchedulesHandler,
  GetScheduleHandler,
] as const;
