import type { StreamOptions, TaskUpdateEvent } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import { isFinal } from '#task';
import { backoffMs, pause } from './client-backoff.js';
import { COMMENT_EVERY_MS, errorOfProblem, sseParser } from './wire.js';
import type { SseMessage } from './wire.js';

/** Opens the stream after a version. */
export type Connect = (after: number, signal: AbortSignal) => Promise<Response>;

/** Three comments missed: the connection is dead, whatever TCP believes. */
const SILENCE_MS = 3 * COMMENT_EVERY_MS;
/** A server that was never reached is given up soon; one that was is waited for, about five minutes. */
const FIRST_TRIES = 4;
const LATER_TRIES = 60;

const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'rate_limited', 'deadline_exceeded']);

/**
 * A task's updates over any number of connections: in order, each once, to the end. Reading one at a time is what
 * holds the server back, so a slow reader costs no memory here either. Aborting ends it without an error.
 *
 * @throws {MeshError} what the server refused with; `unavailable` if it was never, or no longer, to be reached
 */
export function followUpdates(
  connect: Connect,
  { after = 0, signal }: StreamOptions = {},
  silenceMs = SILENCE_MS,
): AsyncIterableIterator<TaskUpdateEvent> {
  const own = new AbortController();
  const ended = signal ? AbortSignal.any([own.signal, signal]) : own.signal;
  const updates = reconnecting(connect, { last: after, failures: 0, tries: FIRST_TRIES }, ended, silenceMs);
  return {
    next: () => updates.next(),
    // A generator's own `return` would wait for the read under way, which may take until the next event.
    return: async () => {
      own.abort();
      await updates.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Where the reader stands, over all connections. */
type Place = { last: number; failures: number; tries: number };

async function* reconnecting(connect: Connect, place: Place, ended: AbortSignal, silenceMs: number) {
  while (!ended.aborted) {
    const problem = yield* updatesOnce(connect, place, ended, silenceMs);
    if (!problem || ended.aborted) return;
    place.failures += 1;
    if (!PASSING.has(problem.code) || place.failures >= place.tries) throw problem;
    await pause(backoffMs(place.failures - 1, problem), ended);
  }
}

/** The updates of one connection; returns what cut it, or `null` if nothing can follow. */
async function* updatesOnce(
  connect: Connect,
  place: Place,
  ended: AbortSignal,
  silenceMs: number,
): AsyncGenerator<TaskUpdateEvent, MeshError | null> {
  try {
    const response = await connect(place.last, ended);
    for await (const { event, data } of messagesOf(response, silenceMs)) {
      if (event === 'end') return null;
      if (event === 'error') return errorOfProblem(JSON.parse(data), response.status);
      const update = JSON.parse(data) as TaskUpdateEvent;
      if (update.version <= place.last) continue;
      if (update.version > place.last + 1) return cut(`version ${update.version} came after ${place.last}`);
      Object.assign(place, { last: update.version, failures: 0, tries: LATER_TRIES });
      yield update;
      if (isFinal(update.status)) return null;
    }
    return cut('the server hung up');
  } catch (error) {
    return isMeshError(error) ? error : cut('the connection broke', error);
  }
}

const cut = (why: string, cause?: unknown) =>
  new MeshError('unavailable', `the stream was cut: ${why}`, {}, { cause });

/** What arrives on one connection, until it closes; throws when it breaks or falls silent. */
async function* messagesOf({ body }: Response, silenceMs: number): AsyncGenerator<SseMessage> {
  if (!body) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parse = sseParser();
  try {
    for (;;) {
      const { done, value } = await orSilence(reader.read(), silenceMs);
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Not awaited: on a dead connection it may never settle.
    reader.cancel().catch(() => undefined);
  }
}

/** @throws {MeshError} `unavailable` if nothing happens for so long */
async function orSilence<Value>(read: Promise<Value>, silenceMs: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(cut(`nothing was heard for ${silenceMs} ms`)), silenceMs);
  });
  try {
    return await Promise.race([read, silence]);
  } finally {
    clearTimeout(timer);
  }
}
