import { z } from 'zod';
import { submitSchema, textSchema } from './schemas.js';

/** What happens at a time when the task of the time before still runs: nothing, or another task. */
export const OVERLAPS = ['skip', 'allow'] as const;

export const scheduleSchema = z.strictObject({
  name: textSchema(256).refine((text) => text.trim() !== '', 'must not be empty'),
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron: textSchema(256),
  /** IANA name. @default UTC */
  timeZone: textSchema(64).optional(),
  /** @default skip */
  overlap: z.enum(OVERLAPS).optional(),
  task: submitSchema.omit({ idempotencyKey: true, sessionId: true }),
});

/** What it takes to make a schedule. */
export type ScheduleRequest = z.output<typeof scheduleSchema>;

/** What came of the last time. */
export type ScheduleResult = Readonly<{
  /** The time it was for. */
  at: string;
  result: 'submitted' | 'skipped' | 'refused';
  taskId?: string | undefined;
  reason?: string | undefined;
}>;

/** A task that is submitted again and again, at times. */
export type Schedule = Readonly<{
  id: string;
  name: string;
  cron: string;
  timeZone: string;
  overlap: (typeof OVERLAPS)[number];
  task: ScheduleRequest['task'];
  ownerId: string;
  sessionId: string;
  createdAt: string;
  /** The next times, soonest first. */
  nextTimes: readonly string[];
  last?: ScheduleResult | undefined;
}>;
