import { setTimeout as pause } from 'node:timers/promises';
import { MeshError } from '#errors';

/** SQLSTATE classes and codes, and socket errors, that mean: the database is away, full, starting or read-only, or asks to be asked again. */
const AWAY = /^(08...|53...|57P0.|57014|25006|40...|55P03|ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const AWAY_MESSAGE =
  /connection (terminated|timeout|ended)|timeout exceeded when trying to connect|not connected|pool after calling end/i;

/**
 * Answers from the database, or says that it is away.
 *
 * @throws {MeshError} `unavailable` for what passes when the database is back; anything else as it was thrown
 */
export async function answering<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new MeshError(
      'unavailable',
      'the database cannot answer now',
      { retryAfterSeconds: 1 },
      { cause: error },
    );
  }
}

/** As long as an append waits for a database that is away, a read does too. */
export const AWAY_MS = 3_000;
const EACH_MS = 50;

/**
 * Asks again, where a connection was lost or none was had, until there is an answer or `awayMs` are over. For what
 * changes nothing: anything else may have been done by a connection that did not live to say so.
 *
 * @param passes whether an error is one that passes when the database is back
 * @throws what was thrown last
 */
export async function untilBack<Result>(
  ask: () => Promise<Result>,
  passes: (error: unknown) => boolean = isAway,
  awayMs = AWAY_MS,
): Promise<Result> {
  for (const until = performance.now() + awayMs; ; await pause(EACH_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error) || performance.now() > until) throw error;
    }
  }
}

/** Whether an error of a driver, or of a socket, passes when the database is back. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MeshError) return false;
  return ('code' in error && AWAY.test(String(error.code))) || AWAY_MESSAGE.test(error.message);
}
