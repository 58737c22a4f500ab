import { subjects } from '#contract';
import type { Cursor, FeedEvent } from '#contract';
import { DEFAULT_PREFIX } from './events-stream.js';
import { toHeaderValue } from './header-value.js';

/** An event with its place in its commit, and the commit before, by which a reader sees that it missed one. */
export type Publication = Readonly<{
  event: FeedEvent;
  commitId: string;
  /** Which of the commit's events this is, from 0, and how many there are. */
  index: number;
  count: number;
  previous: Cursor;
}>;

/** A message as any broker could carry it. Header names are as on the wire. */
export type EventMessage = Readonly<{
  subject: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}>;

/** Larger ones name where the data is instead of carrying it: a broker refuses messages of over 1 MiB by default. */
export const MAX_BODY_BYTES = 768 * 1024;

/** A text of so many UTF-16 units may, in UTF-8, be larger than a body may be. */
const MAYBE_LARGE_LENGTH = MAX_BODY_BYTES / 3;

/**
 * The CloudEvent 1.0, binary mode, of one event. Headers `ce-*` are the standard's, for subscribers; the body is
 * `{ id, tenant, sessionId, taskId, type, version, at, author, data, cursor, previous, commit, index, count }`, cursors
 * as `incarnation/xid/position`; without `data` but with `ce-dataref` where it is too large. The body alone says
 * everything: to decode a dozen headers of each message costs our readers more than all else they do with it.
 */
export function toMessage(publication: Publication, prefix: string = DEFAULT_PREFIX): EventMessage {
  const { event } = publication;
  const whole = JSON.stringify(bodyOf(publication));
  const large = whole.length > MAYBE_LARGE_LENGTH && Buffer.byteLength(whole) > MAX_BODY_BYTES;
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': toHeaderValue(event.id),
    'ce-type': event.event.type,
    'ce-source': sourceOf(event),
    'ce-subject': toHeaderValue(event.taskId),
    'ce-time': toHeaderValue(event.event.at),
    'content-type': 'application/json',
  };
  return {
    subject: subjectOf(event, prefix),
    headers: large ? { ...headers, 'ce-dataref': dataOf(event) } : headers,
    body: large ? JSON.stringify({ ...bodyOf(publication), data: undefined }) : whole,
  };
}

function bodyOf({ event, commitId, index, count, previous }: Publication) {
  const { type, version, at, author, data } = event.event;
  return {
    id: event.id,
    tenant: event.tenant,
    sessionId: event.sessionId,
    taskId: event.taskId,
    type,
    version,
    at,
    author,
    data,
    cursor: cursorText(event.cursor),
    previous: cursorText(previous),
    commit: commitId,
    index,
    count,
  };
}

const sourceOf = ({ tenant, sessionId }: FeedEvent): string =>
  toHeaderValue(`/tenants/${encodeURIComponent(tenant)}/sessions/${encodeURIComponent(sessionId)}`);

const dataOf = ({ taskId }: FeedEvent): string =>
  toHeaderValue(`/v1/tasks/${encodeURIComponent(taskId)}/events`);

/** Ids that could not be a token would stop the stream for everybody: they are mended in the subject, and whole in the event. */
const subjectOf = ({ tenant, sessionId, taskId, event }: FeedEvent, prefix: string): string =>
  prefix +
  subjects
    .event(tokenOf(tenant), tokenOf(sessionId), tokenOf(taskId), event.type)
    .slice(DEFAULT_PREFIX.length);

const tokenOf = (id: string): string => id.replaceAll(/[.*>\s\p{Cc}]/gu, '_') || '_';

const cursorText = ({ incarnation, xid, position }: Cursor): string => `${incarnation}/${xid}/${position}`;
