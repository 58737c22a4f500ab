import { deadLetterFilterSchema, scheduleSchema } from '#contract';
import * as answer from './answers.js';
import { deadLetterPage } from './dead-letter-answers.js';
import type { Route } from './route.js';
import { schedule, schedules } from './schedule-answers.js';

/** What is done again: what was given up, and what comes at times. */
export const AGAIN_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/dead-letters',
    summary: 'Tasks that were given up after their last attempt, newest first',
    query: deadLetterFilterSchema,
    answers: { 200: deadLetterPage },
  },
  {
    method: 'POST',
    path: '/v1/dead-letters/:id/requeue',
    summary: 'Do it again as a new task of yours, with retryOf; asked again, it is the same new task (200)',
    answers: { 201: answer.task, 200: answer.task },
  },
  {
    method: 'GET',
    path: '/v1/schedules',
    summary: 'Your schedules, or all of the tenant for who manages sessions',
    answers: { 200: schedules },
  },
  {
    method: 'POST',
    path: '/v1/schedules',
    summary: 'Submit a task again and again, at the times of a cron expression',
    body: scheduleSchema,
    answers: { 201: schedule },
  },
  { method: 'GET', path: '/v1/schedules/:id', summary: 'One schedule', answers: { 200: schedule } },
  {
    method: 'DELETE',
    path: '/v1/schedules/:id',
    summary: 'End a schedule; what it has submitted goes on',
    answers: { 204: '' },
  },
];
