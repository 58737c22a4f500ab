import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { digestOf, textOf } from './artifact-store.contract.js';
import { ChunkedUploads } from './chunked-uploads.js';
import { FilesArtifactStore } from './files.artifact-store.js';

const CONTENT = 'the whole of it';

async function opened() {
  const folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = new FilesArtifactStore({ folder });
  const uploads = new ChunkedUploads(store);
  const send = (offset: number, text: string, more: object = {}, by = uploads) =>
    by.append({
      tenant: 'here',
      uploader: 'task/1',
      digest: digestOf(CONTENT),
      bytes: CONTENT.length,
      offset,
      piece: Buffer.from(text),
      ...more,
    });
  const kept = async () => textOf((await store.open('here', digestOf(CONTENT)))?.content);
  return { store, send, kept };
}

it('puts pieces together, and says where to go on', async () => {
  const { send, kept } = await opened();
  expect(await send(0, 'the ')).toEqual({ next: 4, stored: false });
  expect(await send(4, 'whole of it')).toEqual({ next: 15, stored: true });
  expect(await kept()).toBe(CONTENT);
});

it('takes a piece once, however often and late it comes', async () => {
  const { send, kept } = await opened();
  await send(0, 'the ');
  expect(await send(0, 'the ')).toEqual({ next: 4, stored: false });
  expect(await send(9, ' of it')).toEqual({ next: 4, stored: false });
  const twice = await Promise.all([send(4, 'whole of it'), send(4, 'whole of it')]);
  expect(twice).toContainEqual({ next: 15, stored: true });
  expect(await send(15, '')).toEqual({ next: 15, stored: true });
  expect(await kept()).toBe(CONTENT);
});

it('begins again where another process had begun', async () => {
  const { store, send, kept } = await opened();
  const successor = new ChunkedUploads(store);
  await send(0, 'the ');
  expect(await send(4, 'whole', {}, successor)).toEqual({ next: 0, stored: false });
  expect(await send(0, CONTENT, {}, successor)).toEqual({ next: 15, stored: true });
  expect(await kept()).toBe(CONTENT);
});

it('does not mix the uploads of two tasks, or of two tenants', async () => {
  const { store, send, kept } = await opened();
  await send(0, 'the ');
  expect(await send(4, 'whole of it', { uploader: 'task/2' })).toEqual({ next: 0, stored: false });
  expect(await send(4, 'whole of it', { tenant: 'there' })).toEqual({ next: 0, stored: false });
  await send(4, 'whole of it');
  expect(await kept()).toBe(CONTENT);
  expect(await store.sizeOf('there', digestOf(CONTENT))).toBeNull();
});

it.each([
  ['is of another digest', 'xxx whole of it', 'digest'],
  ['has more than was said', `${CONTENT} and more`, 'bytes'],
])('refuses what %s, and can be told it again', async (_, text, field) => {
  const { send, kept } = await opened();
  await expect(send(0, text)).rejects.toMatchObject({ code: 'invalid_request', details: { field } });
  expect(await send(0, CONTENT)).toEqual({ next: 15, stored: true });
  expect(await kept()).toBe(CONTENT);
});

it('keeps what is empty', async () => {
  const { store, send } = await opened();
  expect(await send(0, '', { digest: digestOf(''), bytes: 0 })).toEqual({ next: 0, stored: true });
  expect(await store.sizeOf('here', digestOf(''))).toBe(0);
});
