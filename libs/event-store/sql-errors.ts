/** No connection was had: nothing has been sent. */
export class NotSent extends Error {
  override readonly name = 'NotSent';

  constructor(cause: unknown) {
    super('the database cannot be reached', { cause });
  }
}

/** Done here, but the wait for the synchronous replica was cancelled. */
export class Unconfirmed extends Error {
  override readonly name = 'Unconfirmed';

  constructor() {
    super('the commit was not confirmed by its replica');
  }
}

/**
 * What an error says of the statement that it ended.
 * - `away`: never sent · `undone`: the server refused it for now, nothing is stored · `unknown`: it may be stored
 * - `data`: the database cannot hold these values · `broken`: no repeating will help, nothing is stored
 */
export type Fate = 'away' | 'undone' | 'unknown' | 'data' | 'broken';

/** By SQLSTATE, or by its class (two characters). */
const FATE_OF: Readonly<Record<string, Fate>> = {
  '08': 'unknown',
  '21': 'data',
  '22': 'data',
  '25': 'undone', // read-only: a replica, until it is promoted
  '40': 'undone', // serialization, deadlock
  '40003': 'unknown', // statement completion unknown
  '53': 'undone', // disk full, out of memory, too many connections
  '54': 'data', // too large
  '55': 'undone',
  '57': 'unknown', // shut down, crashed, cancelled
  '57P03': 'undone', // starting up
  '58': 'unknown', // input or output error
};

/** @see Fate */
export function fateOf(error: unknown): Fate {
  if (error instanceof NotSent) return 'away';
  const code = sqlStateOf(error);
  if (code === null) return 'unknown'; // the connection's own error
  return FATE_OF[code] ?? FATE_OF[code.slice(0, 2)] ?? 'broken';
}

/** Errors of sockets have codes too, but not of five characters beside a severity. */
function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
