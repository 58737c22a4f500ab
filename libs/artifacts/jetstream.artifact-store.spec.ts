import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect, it, onTestFinished, vi } from 'vitest';
import { NatsLink, connectNats } from '#streaming';
import { LeapingClock } from '#test/leaping-clock';
import { natsUrl, startNats, startProxy, uniquePrefix } from '#test/servers';
import { artifactStoreContract, digestOf, inPieces, textOf } from './artifact-store.contract.js';
import { bucketName } from './bucket-name.js';
import { JetStreamArtifactStore } from './jetstream.artifact-store.js';
import type { JetStreamArtifactsOptions } from './jetstream.artifact-store.js';

/** A process of its own: its own connection, its own folder. */
async function opened(more: Partial<JetStreamArtifactsOptions> & { url?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  const connection = await connectNats(more.url ?? natsUrl(), { reconnectWaitMs: 20 });
  onTestFinished(async () => {
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  });
  const bucket = more.bucket ?? uniquePrefix();
  const link = new NatsLink(connection);
  const store = new JetStreamArtifactStore(link, { folder, bucket, ...more });
  return { store, folder, bucket, connection, link };
}

const LIMIT = { maxBytes: 4 * 1024 * 1024 };
const streamOf = (bucket: string, tenant: string) => `OBJ_${bucketName(bucket, tenant)}`;
const managerOf = (connection: NatsConnection) => jetstream(connection).jetstreamManager(false);

async function subjectsIn(connection: NatsConnection, bucket: string, kind: 'C' | 'M') {
  const filter = `$O.${bucketName(bucket, 'here')}.${kind}.>`;
  const manager = await managerOf(connection);
  const { state } = await manager.streams.info(streamOf(bucket, 'here'), { subjects_filter: filter });
  return Object.keys(state.subjects ?? {});
}

artifactStoreContract('JetStreamArtifactStore', async (clock) => (await opened({ clock })).store);

it('shows one process what another has put, in many chunks, and any piece of it', async () => {
  const one = await opened();
  const other = await opened({ bucket: one.bucket });
  const content = randomBytes(1_000_000);
  const { digest } = await one.store.put('here', inBytes(content), LIMIT);
  const found = await other.store.open('here', digest);
  expect(found?.bytes).toBe(content.length);
  expect(digestOf(await bytesOf(found?.content))).toBe(digest);
  for (const [offset, length] of [
    [700_000, 524_288],
    [0, 524_288],
    [262_143, 2],
    [999_999, 10],
  ] as const) {
    const read = await other.store.read('here', digest, offset, length);
    expect(Buffer.compare(read?.piece ?? Buffer.alloc(0), content.subarray(offset, offset + length))).toBe(0);
  }
});

it('is read by any client of the object store, and a bucket is one tenant’s', async () => {
  const { store, bucket, connection } = await opened();
  const { digest } = await store.put('here', inPieces('plain'), LIMIT);
  await store.put('Here', inPieces('another’s'), LIMIT);
  const theirs = await new Objm(connection).open(bucketName(bucket, 'here'));
  const name = digest.slice('sha256:'.length);
  expect(Buffer.from((await theirs.getBlob(name)) ?? []).toString()).toBe('plain');
  expect((await theirs.list()).map((object) => object.name)).toEqual([name]);
});

it('makes buckets with the copies it is told: one broker alone has no room for three', async () => {
  const { store } = await opened({ replicas: 3 });
  await expect(store.put('here', inPieces('x'), LIMIT)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('replicas'),
  });
});

it('refuses what a tenant has no room for, counted in the broker, and takes it when room was made', async () => {
  const one = await opened({ tenantQuotaBytes: 3_000 });
  const other = await opened({ tenantQuotaBytes: 3_000, bucket: one.bucket });
  await one.store.put('here', inPieces('x'.repeat(2_000)), LIMIT);
  const more = () => other.store.put('here', inPieces('y'.repeat(2_000)), LIMIT);
  await expect(more()).rejects.toMatchObject({ code: 'payload_too_large' });
  expect(await other.store.put('there', inPieces('y'), LIMIT)).toMatchObject({ bytes: 1 });
  for await (const unused of one.store.unusedSince(new Date(Date.now() + 1_000)))
    if (unused.bytes === 2_000) await unused.remove();
  expect(await more()).toMatchObject({ bytes: 2_000 });
});

it('says so when content was damaged in the broker, and is mended by another put', async () => {
  const { store, bucket, connection } = await opened();
  const { digest } = await store.put('here', inPieces('whole'), LIMIT);
  const [chunks = ''] = await subjectsIn(connection, bucket, 'C');
  const manager = await managerOf(connection);
  await manager.streams.purge(streamOf(bucket, 'here'), { filter: chunks });
  await jetstream(connection).publish(chunks, 'whale');
  await expect(textOf((await store.open('here', digest))?.content)).rejects.toThrow('was damaged');
  await store.put('here', inPieces('whole'), LIMIT);
  expect(await textOf((await store.open('here', digest))?.content)).toBe('whole');
  expect(await subjectsIn(connection, bucket, 'C')).toHaveLength(1);
});

it('has nothing of what has a name and no content, as a lost answer leaves it, and takes it again', async () => {
  const { store, bucket, connection } = await opened();
  const { digest } = await store.put('here', inPieces('whole'), LIMIT);
  const [chunks = ''] = await subjectsIn(connection, bucket, 'C');
  const manager = await managerOf(connection);
  await manager.streams.purge(streamOf(bucket, 'here'), { filter: chunks });
  expect(await store.use('here', digest)).toBeNull();
  expect(await store.open('here', digest)).toBeNull();
  await store.put('here', inPieces('whole'), LIMIT);
  expect(await textOf((await store.open('here', digest))?.content)).toBe('whole');
});

it('leaves nothing behind of what was put at once, removed, or begun by who died long ago', async () => {
  const { store, bucket, connection } = await opened();
  const puts = Array.from({ length: 8 }, () => store.put('here', inPieces('same'), LIMIT));
  await Promise.all(puts);
  expect(await subjectsIn(connection, bucket, 'C')).toHaveLength(1);
  const begun = `$O.${bucketName(bucket, 'here')}.C.dead`;
  await jetstream(connection).publish(begun, 'half');
  await store.sweep();
  expect(await subjectsIn(connection, bucket, 'C')).toContain(begun); // another process may be at it
  const tomorrow = new LeapingClock();
  tomorrow.pass(1.1);
  const later = await opened({ bucket, clock: tomorrow });
  await later.store.sweep();
  expect(await subjectsIn(connection, bucket, 'C')).not.toContain(begun);
  for await (const unused of later.store.unusedSince(tomorrow.now())) await unused.remove();
  expect([await subjectsIn(connection, bucket, 'C'), await subjectsIn(connection, bucket, 'M')]).toEqual([
    [],
    [],
  ]);
});

it('finishes a removal that a crash broke off', async () => {
  const { store, bucket, connection } = await opened();
  const { digest } = await store.put('here', inPieces('half removed'), LIMIT);
  const [meta = ''] = await subjectsIn(connection, bucket, 'M');
  const manager = await managerOf(connection);
  const said = await manager.streams.getMessage(streamOf(bucket, 'here'), { last_by_subj: meta });
  await jetstream(connection).publish(meta, JSON.stringify({ ...said?.json<object>(), deleted: true }));
  expect(await store.sizeOf('here', digest)).toBeNull();
  await store.sweep();
  expect([await subjectsIn(connection, bucket, 'C'), await subjectsIn(connection, bucket, 'M')]).toEqual([
    [],
    [],
  ]);
});

it('says that the broker is away, keeps nothing half, and goes on when it is back', async () => {
  const broker = await startNats();
  onTestFinished(() => broker.stop());
  const { store, folder, link, connection, bucket } = await opened({ url: broker.url });
  const { digest } = await store.put('here', inPieces('before'), LIMIT);
  await broker.kill();
  await vi.waitFor(() => expect(link.connected).toBe(false));
  const away = { code: 'unavailable', message: expect.stringContaining('artifacts cannot be reached') };
  await expect(store.put('here', inPieces('meanwhile'), LIMIT)).rejects.toMatchObject(away);
  await expect(store.open('here', digest)).rejects.toMatchObject(away);
  await expect(store.use('here', digest)).rejects.toMatchObject(away);
  expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  await broker.start();
  await vi.waitFor(() => expect(link.connected).toBe(true));
  expect(await store.sizeOf('here', digestOf('meanwhile'))).toBeNull();
  expect(await subjectsIn(connection, bucket, 'C')).toHaveLength(1);
  expect(await textOf((await store.open('here', digest))?.content)).toBe('before');
  expect(await store.put('here', inPieces('meanwhile'), LIMIT)).toMatchObject({ bytes: 9 });
}, 60_000);

it('keeps nothing of a put in whose middle the broker went away, and its chunks not for ever', async () => {
  const broker = await startNats();
  onTestFinished(() => broker.stop());
  const proxy = await startProxy(broker.port);
  onTestFinished(() => proxy.close());
  const one = await opened({ url: `nats://127.0.0.1:${proxy.port}` });
  const { bucket, folder } = one;
  await one.store.put('here', inPieces('before'), LIMIT);
  const tomorrow = new LeapingClock();
  tomorrow.pass(1.1);
  const other = await opened({ url: broker.url, bucket, clock: tomorrow });
  proxy.delayMs(20);
  const content = Buffer.alloc(4 * 1024 * 1024, 1);
  const putting = one.store.put('here', inBytes(content), LIMIT);
  const chunks = () => subjectsIn(other.connection, bucket, 'C');
  await vi.waitFor(async () => expect(await chunks()).toHaveLength(2), { interval: 10, timeout: 10_000 });
  proxy.refuse(true);
  proxy.cut();
  await expect(putting).rejects.toMatchObject({ code: 'unavailable' });
  expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  expect(await other.store.sizeOf('here', digestOf(content))).toBeNull();
  expect(await subjectsIn(other.connection, bucket, 'M')).toHaveLength(1);
  await other.store.sweep();
  expect(await chunks()).toHaveLength(1);
}, 60_000);

async function* inBytes(content: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield content;
}

async function bytesOf(content: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}
