import { z } from 'zod';
import type { TaskUpdateEvent } from '#contract';
import { ERROR_CODES, MeshError } from '#errors';
import type { ErrorCode, ErrorDetails } from '#errors';

const part = encodeURIComponent;

/** Where things are. Both halves build their addresses from here. */
export const paths = {
  tasks: '/v1/tasks',
  task: (id: string) => `/v1/tasks/${part(id)}`,
  events: (id: string) => `/v1/tasks/${part(id)}/events`,
  stream: (id: string) => `/v1/tasks/${part(id)}/stream`,
  cancel: (id: string) => `/v1/tasks/${part(id)}/cancel`,
  pause: (id: string) => `/v1/tasks/${part(id)}/pause`,
  resume: (id: string) => `/v1/tasks/${part(id)}/resume`,
  artifacts: '/v1/artifacts',
  artifact: (id: string, name: string) => `/v1/tasks/${part(id)}/artifacts/${part(name)}`,
  agents: '/v1/agents',
  skills: '/v1/skills',
  status: '/v1/status',
} as const;

export const HEADERS = {
  idempotencyKey: 'idempotency-key',
  lastEventId: 'last-event-id',
  requestId: 'x-request-id',
} as const;

/** Longest time a healthy stream is silent: a comment is sent this often. */
export const COMMENT_EVERY_MS = 15_000;

/** RFC 9457, with our code and whatever helps the reader mend it as extension members. */
export type Problem = ErrorDetails &
  Readonly<{
    type: string;
    title: string;
    status: number;
    detail: string;
    code: ErrorCode;
    instance?: string;
  }>;

export const PROBLEM_TYPE = 'application/problem+json';

/** An error as it goes over the wire. `instance` is the request's id. */
export const problemOf = (
  { code, message, details }: MeshError,
  status: number,
  instance?: string,
): Problem => ({
  type: `urn:coderclaw:problem:${code}`,
  title: code.replaceAll('_', ' '),
  status,
  detail: message,
  code,
  ...(instance === undefined ? {} : { instance }),
  ...details,
});

const problemSchema = z.object({
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  field: z.string().optional(),
  hint: z.string().optional(),
  rule: z.string().optional(),
  retryAfterSeconds: z.number().nonnegative().optional(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

/** The error a problem stands for; one made from the status alone if something between us answered instead. */
export function errorOfProblem(body: unknown, status: number, retryAfterSeconds?: number): MeshError {
  const parsed = problemSchema.safeParse(body);
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (!parsed.success) return new MeshError(codeOfStatus(status), `the server answered ${status}`, retry);
  const { code, detail, ...details } = parsed.data;
  return new MeshError(code, detail, { ...retry, ...details } as ErrorDetails);
}

const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'unauthenticated'],
  [403, 'access_denied'],
  [404, 'not_found'],
  [405, 'unsupported'],
  [408, 'deadline_exceeded'],
  [413, 'payload_too_large'],
  [429, 'rate_limited'],
  [431, 'payload_too_large'],
  [501, 'unsupported'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
]);

/** The nearest code for a status. */
export const codeOfStatus = (status: number): ErrorCode =>
  CODE_OF_STATUS.get(status) ?? (status >= 400 && status < 500 ? 'invalid_request' : 'internal');

/** Sent as the last event of a stream that is complete; without it, a stream that stops was cut. */
export const END = 'event: end\ndata: {}\n\n';

/** Says "still here". */
export const COMMENT = ':\n\n';

/** An update as a server-sent event: `id` is the version to resume after. */
export const encodeUpdate = (update: TaskUpdateEvent): string =>
  `id: ${update.version}\nevent: ${update.type}\ndata: ${JSON.stringify(update)}\n\n`;

/** What ends a stream that cannot go on. */
export const encodeProblem = (problem: Problem): string =>
  `event: error\ndata: ${JSON.stringify(problem)}\n\n`;

export type SseMessage = Readonly<{ event: string; data: string }>;

/**
 * A parser of server-sent events (WHATWG HTML §9.2): takes text as it arrives, however it was cut, and gives the
 * messages that are complete. Comments are dropped; ids are the updates' own versions, so they are not kept apart.
 */
export function sseParser(): (chunk: string) => readonly SseMessage[] {
  let rest = '';
  let event = '';
  let data: string[] = [];

  const take = (line: string): SseMessage | null => {
    if (line === '') {
      const message = data.length > 0 ? { event: event || 'message', data: data.join('\n') } : null;
      event = '';
      data = [];
      return message;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
    return null;
  };

  return (chunk) => {
    // A carriage return at the end may be half of a line's end: it waits for what follows.
    const lines = `${rest}${chunk}`.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    return lines.map(take).filter((message) => message !== null);
  };
}
