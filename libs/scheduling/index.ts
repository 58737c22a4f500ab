export { FairQueue } from './fair/fair-queue.js';
export { EndedSessions } from './ended-sessions.service.js';
export { SchedulingOptions } from './options.js';
export { CreateSchedule1764100008000 } from './schedules/create-schedule.migration.js';
export { SchedulingModule } from './scheduling.module.js';
export { Tidying } from './tidying.service.js';
export { Timers } from './timers.service.js';
export { WorkerPort } from './worker-port.service.js';
