import type { ServerResponse } from 'node:http';
import type { TaskUpdateEvent } from '#contract';
import { COMMENT, COMMENT_EVERY_MS, END, encodeUpdate } from './wire.js';

/**
 * Writes updates to a response as they come, never faster than the reader takes them: a reader that is slow holds the
 * updates back where they are kept anyway, so nothing is dropped and nothing piles up. Ends the response; when
 * aborted, cuts it, and the reader resumes after the last version it got.
 *
 * @param describe the event that tells the reader why the updates ended with an error
 */
export async function pump(
  updates: AsyncIterable<TaskUpdateEvent>,
  response: ServerResponse,
  signal: AbortSignal,
  describe: (error: unknown) => string,
): Promise<void> {
  const cut = () => response.destroy();
  signal.addEventListener('abort', cut);
  const comments = setInterval(() => {
    if (!response.writableNeedDrain && !response.writableEnded) response.write(COMMENT);
  }, COMMENT_EVERY_MS);
  try {
    response.write(COMMENT);
    for await (const update of updates) {
      if (response.writableEnded) return; // somebody else had the last word
      if (!response.write(encodeUpdate(update))) await drained(response, signal);
      if (signal.aborted) return;
    }
    response.write(END);
  } catch (error) {
    if (!signal.aborted && !response.writableEnded) response.write(describe(error));
  } finally {
    clearInterval(comments);
    signal.removeEventListener('abort', cut);
    if (signal.aborted) cut();
    else response.end();
  }
}

/** When the reader has taken what was written, or is gone. */
const drained = (response: ServerResponse, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted || response.destroyed) return done();
    response.on('drain', done);
    response.on('close', done);
    signal.addEventListener('abort', done);
  });
