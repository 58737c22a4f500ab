import type { z } from 'zod';
import { EXPORT_FORMATS } from '#audit';
import {
  auditExportSchema,
  auditQuerySchema,
  cancelSchema,
  pauseSchema,
  resumeSchema,
  submitSchema,
  taskFilterSchema,
  taskIdSchema,
} from '#contract';
import { AGAIN_ROUTES } from './again-routes.js';
import * as answer from './answers.js';
import { AUTH_ROUTES } from './auth/routes.js';
import type { Route } from './route.js';
import { BINARY } from './bodies.js';
import { artifactNameSchema, atLeastSchema, replaySchema, streamSchema } from './requests.js';
import { PEOPLE_ROUTES } from './people/routes.js';
import { paths } from './wire.js';

const task = (then = '') => `${paths.tasks}/:id${then}`;

export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: paths.tasks,
    summary:
      'Submit a task; a repeat with the same idempotency key finds the same task (200), where the session may see it (else 409)',
    headers: { 'Idempotency-Key': 'The same as idempotencyKey in the body; give either' },
    body: submitSchema,
    answers: { 201: answer.task, 200: answer.task },
  },
  {
    method: 'GET',
    path: paths.tasks,
    summary: 'List tasks, newest first',
    query: taskFilterSchema,
    answers: { 200: answer.taskPage },
  },
  {
    method: 'GET',
    path: task(),
    summary: 'One task; with atLeast, 503 until that version is there to be read',
    query: atLeastSchema,
    answers: { 200: answer.task },
  },
  { method: 'GET', path: task('/events'), summary: 'A task’s history', answers: { 200: answer.events } },
  {
    method: 'GET',
    path: task('/stream'),
    summary:
      'A task’s events as they happen: every one from the first, or after a version, until the final status',
    query: streamSchema,
    headers: { 'Last-Event-ID': 'The version to resume after' },
    answers: { 200: 'text/event-stream' },
  },
  {
    method: 'POST',
    path: task('/cancel'),
    summary: 'Cancel; asking twice is one cancellation',
    body: cancelSchema,
    answers: { 200: answer.task },
  },
  {
    method: 'POST',
    path: task('/pause'),
    summary: 'Stop the attempt and wait',
    body: pauseSchema,
    answers: { 200: answer.task },
  },
  {
    method: 'POST',
    path: task('/resume'),
    summary: 'Answer what a waiting task waits for',
    body: resumeSchema,
    answers: { 200: answer.task },
  },
  {
    method: 'GET',
    path: task('/replay'),
    summary: 'The task as it was at a version or a time, folded from its history',
    query: replaySchema,
    answers: { 200: answer.replay },
  },
  ...AGAIN_ROUTES,
  {
    method: 'GET',
    path: task('/artifacts/:name'),
    summary: 'What a task left under a name, as a file; the task lists the names',
    params: { name: artifactNameSchema },
    answers: { 200: BINARY },
  },
  {
    method: 'POST',
    path: paths.artifacts,
    summary: 'Keep what tasks are to work on, at most 64 MiB; name it by its digest as workspace.archive',
    headers: { 'Repr-Digest': 'sha-256=:<base64>: to have it checked; Digest is understood too' },
    content: BINARY,
    answers: { 201: answer.artifact },
  },
  { method: 'GET', path: paths.agents, summary: 'Agents a task can name', answers: { 200: answer.agents } },
  { method: 'GET', path: paths.skills, summary: 'Skills', answers: { 200: answer.skills } },
  {
    method: 'GET',
    path: '/v1/workers',
    summary: 'Workers and what they hold; for people of the default tenant',
    answers: { 200: answer.workers },
  },
  {
    method: 'GET',
    path: paths.status,
    summary: 'How the runtime is doing; other tenants than the default one hear of their own tasks',
    answers: { 200: answer.status },
  },
  ...AUTH_ROUTES,
  { method: 'GET', path: '/v1/me', summary: 'Who you are to the server', answers: { 200: answer.me } },
  {
    method: 'GET',
    path: '/v1/audit',
    summary: 'The audit trail, newest first; that of one’s own session takes no permission',
    query: auditQuerySchema,
    answers: { 200: answer.auditPage },
  },
  {
    method: 'GET',
    path: '/v1/audit/export',
    summary:
      'The audit trail as a file, oldest first, one record a line; cut short only by a broken connection',
    query: auditExportSchema,
    answers: { 200: [...new Set(Object.values(EXPORT_FORMATS).map(({ contentType }) => contentType))] },
  },
  {
    method: 'GET',
    path: '/v1/projections',
    summary: 'Read models and how far they are; for people of the default tenant',
    answers: { 200: answer.projections },
  },
  {
    method: 'POST',
    path: '/v1/projections/:name/rebuild',
    summary: 'Build a read model again from the log',
    answers: { 202: answer.accepted },
  },
  ...PEOPLE_ROUTES,
  {
    method: 'GET',
    path: '/healthz',
    summary: 'The process lives',
    signedIn: false,
    answers: { 200: answer.health },
  },
  {
    method: 'GET',
    path: '/readyz',
    summary: 'The process can work; 503 if it cannot',
    signedIn: false,
    answers: { 200: answer.health, 503: answer.health },
  },
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Measurements for Prometheus; for people of the default tenant',
    answers: { 200: 'text/plain' },
  },
  {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    signedIn: false,
    answers: { 200: answer.document },
  },
  {
    method: 'GET',
    path: '/docs',
    summary: 'This document, to be read by people',
    signedIn: false,
    answers: { 200: 'text/html' },
  },
];

/** The schema of a path's parameter, by its name. */
export const PARAMETERS: ReadonlyMap<string, z.ZodType> = new Map([['id', taskIdSchema]]);

const MATCHERS = ROUTES.map(({ method, path }) => ({
  method,
  matches: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:[a-z]+/g, '[^/]+')}$`),
}));

/** The methods some route has for an address; none if there is no such address. */
export const methodsOf = (url: string): readonly string[] => {
  const [path = ''] = url.split('?');
  return MATCHERS.filter(({ matches }) => matches.test(path)).map(({ method }) => method);
};
