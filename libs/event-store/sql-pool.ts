/** What `pg` and our PGlite driver have in common: the little of it we use. Values come as `pg` parses them. */
export interface SqlRows<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
}

export interface SqlClient {
  query<Row>(
    query: string | Readonly<{ name: string; text: string; values: unknown[] }>,
    values?: unknown[],
  ): Promise<SqlRows<Row>>;
}

/** A pool whose `query` runs one statement in a transaction of its own. */
export type SqlPool = SqlClient;
