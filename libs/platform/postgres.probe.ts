import pg from 'pg';
import { probe } from './probe.js';
import type { Probe } from './probe.js';

const OLDEST_MAJOR = 15;

/** Whether the database answers, is recent enough, and keeps what it acknowledges. */
export const postgresProbes = (url: string | undefined): Promise<readonly Probe[]> =>
  Promise.all([
    probe('postgres', 'set database.url (CODERCLAW_DATABASE_URL) to a reachable Postgres 15–18', async () => {
      const version = await show(url, 'server_version');
      if (Number.parseInt(version, 10) < OLDEST_MAJOR) throw new Error(`this is Postgres ${version}`);
      return `Postgres ${version}`;
    }),
    ...['fsync', 'synchronous_commit'].map((setting) =>
      probe(
        `postgres ${setting}`,
        `turn ${setting} on: without it acknowledged tasks can be lost`,
        async () => {
          const value = await show(url, setting);
          if (value === 'off') throw new Error(`${setting} is off`);
          return value;
        },
      ),
    ),
  ]);

async function show(url: string | undefined, setting: string): Promise<string> {
  if (!url) throw new Error('database.url is not set');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string }>('select current_setting($1) as value', [setting]);
    return rows[0]?.value ?? '';
  } finally {
    await client.end();
  }
}
