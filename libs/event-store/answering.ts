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

/** Whether an error of a driver, or of a socket, passes when the database is back. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MeshError) return false;
  return ('code' in error && AWAY.test(String(error.code))) || AWAY_MESSAGE.test(error.message);
}
