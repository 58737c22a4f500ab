import { Injectable } from '@nestjs/common';
import { DataSource, QueryFailedError } from 'typeorm';
import { answering, untilBack } from '#event-store';

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
    const ask = () => plainly(query<Row>(this.db, text, values));
    return answering(() => (IS_READ.test(text) ? untilBack(ask) : ask()));
  }

  /** @throws {MeshError} `unavailable` if the database is away; what `work` throws, when all of it is undone */
  transaction<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    return answering(() => plainly(this.db.transaction((manager) => work(rowsOn(manager)))));
  }
}

/** What changes nothing. Anything else may have been done by a connection that did not live to say so. */
const IS_READ = /^\s*select\b(?!.*\bfor update\b)/is;

type Queryable = Readonly<{ query(text: string, values: unknown[]): Promise<unknown> }>;

const rowsOn = (on: Queryable): Sql => ({ rows: (text, ...values) => query(on, text, values) });

/** TypeORM answers an update or a delete with its rows and their count, anything else with the rows. */
async function query<Row>(on: Queryable, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const answer = (await on.query(text, [...values])) as readonly unknown[];
  return (Array.isArray(answer[0]) ? answer[0] : answer) as readonly Row[];
}

/**
 * The driver's own error in place of TypeORM's, which carries the values, hashes of passwords and tokens among them:
 * whoever logs it would keep them.
 */
const plainly = <Result>(asked: Promise<Result>): Promise<Result> =>
  asked.catch((error: unknown) => {
    throw error instanceof QueryFailedError ? error.driverError : error;
  });
