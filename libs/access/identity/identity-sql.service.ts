import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, QueryFailedError } from 'typeorm';
import { MeshError } from '#errors';

/** SQLSTATE classes and codes, and socket errors, that mean: the database is away, full, starting or read-only. */
const AWAY = /^(08...|53...|57P0.|57014|25006|40...|55P03|ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const AWAY_MESSAGE =
  /connection (terminated|timeout|ended)|timeout exceeded when trying to connect|not connected|pool after calling end/i;

/** Runs statements: each by itself, or all in one transaction. */
export interface Sql {
  /** What a statement selects or returns. Values fill `$1`, `$2`, … in order. */
  rows<Row>(text: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
}

/** The tables of people, sessions, devices and tokens, for the services beside it. */
@Injectable()
export class IdentitySql implements Sql {
  constructor(private readonly db: DataSource) {}

  /** A read is asked again where a connection was lost under it. @throws {MeshError} `unavailable` if the database is away */
  rows<Row>(text: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    const ask = () => query<Row>(this.db, text, values);
    return answering(() => (IS_READ.test(text) ? untilBack(ask) : ask()));
  }

  /** @throws {MeshError} `unavailable` if the database is away; what `work` throws, when all of it is undone */
  transaction<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    return answering(() =>
      this.db.transaction((manager) => work({ rows: (text, ...values) => query(manager, text, values) })),
    );
  }
}

/** What changes nothing. Anything else may have been done by a connection that did not live to say so. */
const IS_READ = /^\s*select\b(?!.*\bfor update\b)/is;

/** As long as an append waits for a database that is away: whoever only asks who somebody is gives up no sooner. */
const AWAY_MS = 3_000;
const EACH_MS = 50;

async function untilBack<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (const until = performance.now() + AWAY_MS; ; await pause(EACH_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!isAway(driversOwn(error)) || performance.now() > until) throw error;
    }
  }
}

type Queryable = Readonly<{ query(text: string, values: unknown[]): Promise<unknown> }>;

/** TypeORM answers an update or a delete with its rows and their count, anything else with the rows. */
async function query<Row>(on: Queryable, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const answer = (await on.query(text, [...values])) as readonly unknown[];
  return (Array.isArray(answer[0]) ? answer[0] : answer) as readonly Row[];
}

async function answering<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const cause = driversOwn(error);
    if (!isAway(cause)) throw cause;
    const details = { retryAfterSeconds: 1 };
    throw new MeshError('unavailable', 'the database cannot answer now', details, { cause });
  }
}

/** TypeORM's error carries the values, hashes of passwords and tokens among them: whoever logs it would keep them. */
const driversOwn = (error: unknown): unknown =>
  error instanceof QueryFailedError ? error.driverError : error;

function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MeshError) return false;
  return ('code' in error && AWAY.test(String(error.code))) || AWAY_MESSAGE.test(error.message);
}
