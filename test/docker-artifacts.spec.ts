import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JetStreamArtifactStore } from '#artifacts';
import { NatsLink } from '#streaming';
import { type NatsServer, startNats } from '#test/servers';

const WORKER = { user: 'worker-1', pass: 'worker-secret', inboxPrefix: '_INBOX_worker-1' };

describe('artifacts in the broker of docker/nats.conf', () => {
  let server: NatsServer;
  beforeAll(async () => {
    const file = await readFile(join(import.meta.dirname, '..', 'docker', 'nats.conf'), 'utf8');
    const config = file
      .slice(file.indexOf('authorization'))
      .replace('$NATS_SERVER_PASSWORD', 'server-secret')
      .replace('$NATS_WORKER_PASSWORD', 'worker-secret');
    server = await startNats({ config });
  });
  afterAll(() => server.stop());

  it('are put and read by the server', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cc-artifacts-'));
    const connection = await connect({ servers: server.url, user: 'server', pass: 'server-secret' });
    const store = new JetStreamArtifactStore(new NatsLink(connection), { folder, bucket: 'artifacts' });
    const { digest } = await store.put('default', Readable.from([Buffer.from('kept')]), { maxBytes: 10 });
    const opened = await store.open('default', digest);
    expect(Buffer.concat(await Readable.from(opened?.content ?? []).toArray()).toString()).toBe('kept');
    await connection.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    '$JS.API.STREAM.MSG.GET.OBJ_artifacts_default',
    '$JS.API.DIRECT.GET.OBJ_artifacts_default.$O.artifacts_default.M.x',
    '$JS.API.CONSUMER.CREATE.OBJ_artifacts_default.x.$O.artifacts_default.>',
    '$JS.API.STREAM.PURGE.OBJ_artifacts_default',
    '$JS.API.STREAM.NAMES',
    '$O.artifacts_default.C.x',
    '$O.artifacts_default.M.x',
  ])('are out of the reach of a worker, who may not send to %s', async (subject) => {
    const connection = await connect({ servers: server.url, ...WORKER, reconnect: false });
    const refused = refusalOf(connection);
    connection.publish(subject, '{}');
    expect(await refused).toMatchObject({ operation: 'publish', subject });
    await connection.close();
  });

  it('are not overheard by a worker when they are put', async () => {
    const connection = await connect({ servers: server.url, ...WORKER, reconnect: false });
    const refused = refusalOf(connection);
    connection.subscribe('$O.>', { callback: () => undefined });
    expect(await refused).toMatchObject({ operation: 'subscription', subject: '$O.>' });
    await connection.close();
  });
});

async function refusalOf(connection: Awaited<ReturnType<typeof connect>>): Promise<unknown> {
  for await (const status of connection.status()) if (status.type === 'error') return status.error;
  return undefined;
}
