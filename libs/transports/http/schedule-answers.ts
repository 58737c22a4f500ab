import { z } from 'zod';
import { OVERLAPS, scheduleSchema } from '#contract';
import type { Schedule } from '#contract';
import type { Fields } from './answers.js';

const time = z.iso.datetime();

/** A schedule, as the reference documents it. */
export const schedule = z.object({
  id: z.uuid(),
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  overlap: z.enum(OVERLAPS),
  task: scheduleSchema.shape.task,
  ownerId: z.string(),
  sessionId: z.string(),
  createdAt: time,
  nextTimes: z.array(time),
  last: z
    .object({
      at: time,
      result: z.enum(['submitted', 'skipped', 'refused']),
      taskId: z.uuid().optional(),
      reason: z.string().optional(),
    })
    .optional(),
} satisfies Fields<Schedule>);

export const schedules = z.object({ schedules: z.array(schedule) });
