import type { Cursor, FeedEvent } from '#contract';
import { STATUS_AFTER } from '#task';
import type { Recorded } from '#task';
import type { Publication } from './cloud-event.js';

/** A publication read back. Without `event` it was too large to be carried, and is to be read from the log. */
export type Received = Omit<Publication, 'event'> &
  Readonly<{ id: string; cursor: Cursor; taskId: string; version: number; event: FeedEvent | null }>;

type Json = Readonly<Record<string, unknown>>;

/** A body whose fields all passed `CHECKS`. */
type Told = Readonly<
  Record<
    'id' | 'tenant' | 'sessionId' | 'taskId' | 'type' | 'at' | 'cursor' | 'previous' | 'commit',
    string
  > &
    Record<'version' | 'index' | 'count', number> & { author: Recorded['author']; data?: object }
>;

/**
 * Reads the body of what `toMessage` wrote; `null` for whatever else somebody may have put there. Checked by hand: every
 * event comes this way, and a schema library takes several times as long.
 */
export function fromMessage(body: string): Received | null {
  const told = parsed(body);
  return isTold(told) ? receivedOf(told) : null;
}

function receivedOf(told: Told): Received {
  const { id, tenant, sessionId, taskId, type, version, at, author, data, commit, index, count } = told;
  const cursor = cursorOf(told.cursor);
  const event = { type, data, version, at, author } as Recorded;
  return {
    id,
    cursor,
    taskId,
    version,
    commitId: commit,
    index,
    count,
    previous: cursorOf(told.previous),
    event: data === undefined ? null : { id, tenant, sessionId, taskId, event, cursor },
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isPositive = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isCursor = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{1,15}\/\d{1,20}\/\d{1,20}$/.test(value);

const CHECKS = Object.entries({
  id: isName,
  tenant: isText,
  sessionId: isText,
  taskId: isText,
  type: (value) => typeof value === 'string' && Object.hasOwn(STATUS_AFTER, value),
  version: isCount,
  at: isText,
  author: (value) => isObject(value) && isAuthorKind(value['kind']) && isText(value['id']),
  data: (value) => value === undefined || isObject(value),
  cursor: isCursor,
  previous: isCursor,
  commit: isName,
  index: isCount,
  count: isPositive,
} satisfies Record<keyof Told, (value: unknown) => boolean>);

const isAuthorKind = (kind: unknown): boolean => kind === 'user' || kind === 'worker' || kind === 'system';

function isTold(value: unknown): value is Told {
  return isObject(value) && CHECKS.every(([name, check]) => check(value[name]));
}

/** Of a text that `isCursor`. */
function cursorOf(text: string): Cursor {
  const [incarnation = '', xid = '', position = ''] = text.split('/');
  return { incarnation: Number(incarnation), xid, position };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
