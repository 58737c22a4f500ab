import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { messageOf } from '#errors';
import { openDatabase } from '#event-store';
import type { OutputKind } from '../leaks/run-folder.js';
import { isKept, keepOutput } from '../leaks/run-folder.js';
import { Client } from 'pg';

export type Places = Readonly<{
  /** Of the deployment; an embedded database is in it. */
  folder: string;
  databaseUrl?: string | undefined;
  natsUrl?: string | undefined;
}>;

/** Tables that people and other programs read. The others may hold hashes of secrets, and are searched for secrets alone. */
const TOLD: ReadonlySet<string> = new Set([
  'audit',
  'commit_log',
  'audit_trail',
  'task',
  'task_output',
  'task_state',
  'task_history',
  'worker',
]);

const WAIT_MS = 3_000;

/** Keeps, for the search at the end of the run, what a deployment has recorded and published. What is down is left out. */
export async function keepRecords({ folder, databaseUrl, natsUrl }: Places): Promise<void> {
  if (!isKept()) return;
  const dataDir = join(folder, '.coderClaw', 'data');
  if (databaseUrl !== undefined) await unlessDown('postgres', () => keepServer(databaseUrl));
  else if (existsSync(dataDir)) await unlessDown('pglite', () => keepEmbedded(dataDir));
  if (natsUrl !== undefined) await unlessDown('nats', () => keepStreams(natsUrl));
}

/** A test may have ended with a server killed. */
async function unlessDown(what: string, keep: () => Promise<void>): Promise<void> {
  try {
    await keep();
  } catch (error) {
    keepOutput('not-kept', `${what}: ${messageOf(error)}\n`);
  }
}

type Ask = (query: string) => Promise<readonly Readonly<{ text: string }>[]>;

async function keepServer(connectionString: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: WAIT_MS, query_timeout: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await keepTables(async (query) => (await client.query<{ text: string }>(query)).rows);
  } finally {
    await client.end();
  }
}

async function keepEmbedded(dataDir: string): Promise<void> {
  const { dataSource, close } = await openDatabase({ at: { kind: 'pglite', dataDir } });
  try {
    await keepTables((query) => dataSource.query(query));
  } finally {
    await close();
  }
}

async function keepTables(ask: Ask): Promise<void> {
  for (const { text: table } of await ask(
    `select tablename as text from pg_tables where schemaname = 'public'`,
  )) {
    const kind: OutputKind = TOLD.has(table) ? 'told' : 'at-rest';
    const rows = await ask(`select to_jsonb(t)::text as text from "${table}" t`);
    keepOutput(`table-${table}`, rows.map(({ text }) => `${text}\n`).join(''), kind);
  }
}

/** Every message of every stream, with its headers. */
async function keepStreams(servers: string): Promise<void> {
  const connection = await connect({ servers, timeout: WAIT_MS, reconnect: false });
  try {
    const manager = await jetstreamManager(connection);
    for await (const { config, state } of manager.streams.list()) {
      const text: string[] = [];
      for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(config.name, { seq });
        if (message)
          text.push(`${message.subject} ${JSON.stringify([...message.header])} ${message.string()}\n`);
      }
      keepOutput(`stream-${config.name}`, text.join(''));
    }
  } finally {
    await connection.close();
  }
}
