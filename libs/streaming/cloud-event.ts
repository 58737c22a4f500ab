import { z } from 'zod';
import { decode, subjects } from '#contract';
import type { Cursor, FeedEvent } from '#contract';
import { MeshError } from '#errors';
import { STATUS_AFTER } from '#task';
import type { Recorded, TaskEventType } from '#task';
import { DEFAULT_PREFIX } from './events-stream.js';
import { fromHeaderValue, toHeaderValue } from './header-value.js';

/** An event with its place in its commit, and the commit before, by which a reader sees that it missed one. */
export type Publication = Readonly<{
  event: FeedEvent;
  commitId: string;
  /** Which of the commit's events this is, from 0, and how many there are. */
  index: number;
  count: number;
  previous: Cursor;
}>;

/** A publication read back. Without `event` it was too large to be carried, and is to be read from the log. */
export type Received = Omit<Publication, 'event'> &
  Readonly<{ id: string; cursor: Cursor; taskId: string; version: number; event: FeedEvent | null }>;

/** A message as any broker could carry it. Header names are as on the wire. */
export type EventMessage = Readonly<{
  subject: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}>;

/** Larger ones name where the data is instead of carrying it: a broker refuses messages of over 1 MiB by default. */
export const MAX_BODY_BYTES = 768 * 1024;

/**
 * The CloudEvent 1.0, binary mode, of one event. Headers `ce-*` are the standard's, `mesh-*` say where it stands in the
 * log; the body is `{ taskId, version, at, author, data }`, without `data` but with `ce-dataref` where it is too large.
 */
export function toMessage(publication: Publication, prefix: string = DEFAULT_PREFIX): EventMessage {
  const { event, commitId, index, count, previous } = publication;
  const { type, data, version, at, author } = event.event;
  const body = JSON.stringify({ taskId: event.taskId, version, at, author, data });
  const large = Buffer.byteLength(body) > MAX_BODY_BYTES;
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': event.id,
    'ce-type': type,
    'ce-source': `/tenants/${encodeURIComponent(event.tenant)}/sessions/${encodeURIComponent(event.sessionId)}`,
    'ce-subject': event.taskId,
    'ce-time': at,
    ...(large ? { 'ce-dataref': `/v1/tasks/${encodeURIComponent(event.taskId)}/events` } : {}),
    'content-type': 'application/json',
    'mesh-version': String(version),
    'mesh-cursor': cursorText(event.cursor),
    'mesh-previous': cursorText(previous),
    'mesh-commit': commitId,
    'mesh-event': `${index}/${count}`,
  };
  return {
    subject: subjectOf(event, prefix),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, toHeaderValue(value)])),
    body: large ? JSON.stringify({ taskId: event.taskId, version, at, author }) : body,
  };
}

/**
 * Reads what `toMessage` wrote.
 *
 * @param header the value of a header, `''` or `undefined` where there is none
 * @throws {MeshError} `invalid_request` for anything else, naming what is wrong
 */
export function fromMessage(header: (name: string) => string | undefined, body: string): Received {
  const read = (name: string): string => fromHeaderValue(name, header(name) ?? '');
  const heads = decode(headersSchema, Object.fromEntries(HEADERS.map((name) => [name, read(name)])));
  const { data, ...told } = decode(bodySchema, parseJson(body));
  const [tenant, sessionId] = heads['ce-source'];
  const [index, count] = heads['mesh-event'];
  const recorded = {
    type: heads['ce-type'],
    data,
    version: told.version,
    at: told.at,
    author: told.author,
  } as Recorded;
  const place = { id: heads['ce-id'], taskId: told.taskId, cursor: heads['mesh-cursor'] };
  return {
    ...place,
    version: told.version,
    commitId: heads['mesh-commit'],
    index,
    count,
    previous: heads['mesh-previous'],
    event: data === undefined ? null : { ...place, tenant, sessionId, event: recorded },
  };
}

/** Ids that could not be a token would stop the stream for everybody: they are mended in the subject, and whole in the event. */
const subjectOf = ({ tenant, sessionId, taskId, event }: FeedEvent, prefix: string): string =>
  prefix +
  subjects
    .event(tokenOf(tenant), tokenOf(sessionId), tokenOf(taskId), event.type)
    .slice(DEFAULT_PREFIX.length);

const tokenOf = (id: string): string => id.replaceAll(/[.*>\s\p{Cc}]/gu, '_') || '_';

const cursorText = ({ incarnation, xid, position }: Cursor): string => `${incarnation}/${xid}/${position}`;

const cursorSchema = z
  .string()
  .regex(/^\d+\/\d+\/\d+$/, 'must be incarnation/xid/position')
  .transform((text): Cursor => {
    const [incarnation = '', xid = '', position = ''] = text.split('/');
    return { incarnation: Number(incarnation), xid, position };
  });

const sourceSchema = z
  .string()
  .regex(/^\/tenants\/[^/]*\/sessions\/[^/]*$/, 'must be /tenants/<tenant>/sessions/<session>')
  .transform((text): readonly [string, string] => {
    const [, , tenant = '', , session = ''] = text.split('/');
    return [decodeURIComponent(tenant), decodeURIComponent(session)];
  });

const placeSchema = z
  .string()
  .regex(/^\d+\/\d+$/, 'must be index/count')
  .transform((text): readonly [number, number] => {
    const [index, count] = text.split('/');
    return [Number(index), Number(count)];
  });

const EVENT_TYPES = Object.keys(STATUS_AFTER) as TaskEventType[];

const headersSchema = z.object({
  'ce-specversion': z.literal('1.0'),
  'ce-id': z.string().min(1),
  'ce-type': z.enum(EVENT_TYPES),
  'ce-source': sourceSchema,
  'mesh-cursor': cursorSchema,
  'mesh-previous': cursorSchema,
  'mesh-commit': z.string().min(1),
  'mesh-event': placeSchema,
});

const HEADERS = Object.keys(headersSchema.shape);

const bodySchema = z.object({
  taskId: z.string(),
  version: z.int(),
  at: z.string(),
  author: z.looseObject({ kind: z.enum(['user', 'worker', 'system']), id: z.string() }),
  data: z.looseObject({}).optional(),
});

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new MeshError('invalid_request', 'the body is not JSON', {}, { cause });
  }
}
