import { Client } from 'pg';
import { sharedPostgres } from './shared.js';
import { uniquePrefix } from './unique-prefix.js';

/** An empty database, nobody else's. */
export type FreshDatabase = Readonly<{ url: string; drop(): Promise<void> }>;

/**
 * Makes an empty database on the Postgres that the specs of this run share. `drop` ends the sessions it still has.
 * A transaction left open stalls the tails of every other spec: for that, use `startPostgres`.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = await sharedPostgres();
  const name = uniquePrefix('db');
  await execute(server, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
