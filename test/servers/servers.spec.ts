import { Client } from 'pg';
import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type NatsServer,
  type PostgresServer,
  freshDatabase,
  natsUrl,
  startNats,
  startPostgres,
  uniquePrefix,
} from '#test/servers';

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('the shared Postgres', () => {
  it('gives each caller a database of its own, and takes it away', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    await query(one.url, 'CREATE TABLE mine ()');
    await query(other.url, 'CREATE TABLE mine ()');
    expect(one.url).not.toBe(other.url);
    await Promise.all([one.drop(), other.drop()]);
    await expect(query(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('the shared broker', () => {
  it('has JetStream', async () => {
    const connection = await connect({ servers: natsUrl() });
    const manager = await jetstreamManager(connection);
    const name = uniquePrefix();
    await manager.streams.add({ name, subjects: [`${name}.>`] });
    expect((await manager.streams.info(name)).config.name).toBe(name);
    await manager.streams.delete(name);
    await connection.close();
  });
});

describe('a Postgres of one’s own', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: '20' } });
  });
  afterAll(() => server.stop());

  it('is as durable as in production, and takes settings', async () => {
    const settings = ['fsync', 'synchronous_commit', 'max_prepared_transactions', 'max_connections'];
    const shown = await Promise.all(settings.map((name) => query(server.url, `SHOW ${name}`)));
    expect(shown.flat()).toEqual(['on', 'on', '0', '20']);
  });

  it('keeps what it committed when killed, and starts again where it was', async () => {
    await query(server.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    await server.kill();
    await expect(query(server.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([1]);
  });

  it('answers nothing while paused, and everything afterwards', async () => {
    await server.pause();
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow('timeout');
    await server.resume();
    expect(await query(server.url, 'SELECT 1')).toEqual([1]);
  });

  it('serves on a unix socket too', async () => {
    const url = `postgresql://postgres@/postgres?host=${encodeURIComponent(server.socketDir)}&port=${server.port}`;
    expect(await query(url, 'SELECT 1')).toEqual([1]);
  });
});

describe('a broker of one’s own', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNats({ config: 'max_payload: 2MB' });
  });
  afterAll(() => server.stop());

  const streams = async (): Promise<readonly string[]> => {
    const connection = await connect({ servers: server.url });
    const names = await (await jetstreamManager(connection)).streams.names().next();
    await connection.close();
    return names;
  };

  it('keeps its streams when killed, and loses them when its store is wiped', async () => {
    const connection = await connect({ servers: server.url, reconnect: false });
    expect(connection.info?.max_payload).toBe(2 * 1024 * 1024);
    await (await jetstreamManager(connection)).streams.add({ name: 'S', subjects: ['s'] });
    const closed = connection.closed();
    await server.kill();
    await closed;
    await server.start();
    expect(await streams()).toEqual(['S']);
    await server.stop();
    await server.wipeStore();
    await server.start();
    expect(await streams()).toEqual([]);
  });
});
