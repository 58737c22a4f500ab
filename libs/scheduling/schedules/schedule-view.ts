import type { Schedule } from '#contract';
import { timesOf } from './cron-times.js';
import type { KeptSchedule } from './schedules.service.js';

const SHOWN_TIMES = 5;

/** A schedule as its owner sees it. */
export function viewOf(kept: KeptSchedule): Schedule {
  const { id, name, cron, timeZone, overlap, task, ownerId, sessionId, createdAt, nextAt, last } = kept;
  const later = timesOf(kept, new Date(nextAt), SHOWN_TIMES - 1).map((time) => time.toISOString());
  const nextTimes = [nextAt, ...later];
  const shown = { id, name, cron, timeZone, overlap, task, ownerId, sessionId, createdAt, nextTimes };
  return last === undefined ? shown : { ...shown, last };
}
