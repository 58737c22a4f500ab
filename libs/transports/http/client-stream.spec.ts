import { describe, expect, it } from 'vitest';
import type { TaskUpdateEvent } from '#contract';
import { MeshError } from '#errors';
import { followUpdates } from './client-stream.js';
import {
  ID,
  cut,
  end,
  events,
  hangUp,
  refuse,
  scripted,
  stay,
  stream,
  update,
} from './scripted-server.contract.js';
import { COMMENT, END, encodeProblem, problemOf } from './wire.js';

async function versions(updates: AsyncIterable<TaskUpdateEvent>): Promise<number[]> {
  const seen: number[] = [];
  for await (const { version } of updates) seen.push(version);
  return seen;
}

describe('a stream over HTTP', () => {
  it('goes on after the last version it saw when the connection is cut, and drops what it has', async () => {
    const { adapter, asked } = await scripted(
      stream(events(update(1), update(2)) + 'id: 3\ndata: {"half', cut),
      hangUp,
      stream(events(update(2), update(3)), end),
      stream(events(update(4), update(5, 'completed')), stay),
    );
    expect(await versions(adapter.streamTaskUpdates(ID))).toEqual([1, 2, 3, 4, 5]);
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '3']);
    expect(
      asked.every(({ headers, url }) => headers.authorization === 'Bearer secret' && !url.includes('secret')),
    ).toBe(true);
  });

  it('connects again when nothing is heard, and is not fooled by an open connection', async () => {
    const { baseUrl, asked } = await scripted(
      stream(events(update(1)), stay),
      stream(events(update(2, 'completed')), stay),
    );
    const connect = (after: number, signal: AbortSignal) => fetch(`${baseUrl}/?after=${after}`, { signal });
    expect(await versions(followUpdates(connect, {}, 50))).toEqual([1, 2]);
    expect(asked.map(({ url }) => url)).toEqual(['/?after=0', '/?after=1']);
  });

  it('takes a gap for a cut', async () => {
    const { adapter, asked } = await scripted(
      stream(events(update(1), update(3)), stay),
      stream(events(update(2), update(3, 'completed')), stay),
    );
    expect(await versions(adapter.streamTaskUpdates(ID))).toEqual([1, 2, 3]);
    expect(asked[1]?.headers['last-event-id']).toBe('1');
  });

  it('ends where the server says it is complete, though no final status came: it was before the start', async () => {
    const { adapter, asked } = await scripted(stream(COMMENT + END, stay));
    expect(await versions(adapter.streamTaskUpdates(ID, { after: 9 }))).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('throws what it is refused with, before it begins and in the middle', async () => {
    const gone = new MeshError('not_found', 'there is no such task');
    const { adapter } = await scripted(
      refuse(gone, 404),
      stream(events(update(1)) + encodeProblem(problemOf(gone, 404)), stay),
    );
    await expect(versions(adapter.streamTaskUpdates(ID))).rejects.toMatchObject({
      code: 'not_found',
      message: gone.message,
    });
    await expect(versions(adapter.streamTaskUpdates(ID))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('waits for a server that is away for a moment, and gives up one that never was there', async () => {
    const { adapter } = await scripted(
      refuse(new MeshError('unavailable', 'starting'), 503),
      stream(events(update(1, 'completed')), stay),
    );
    expect(await versions(adapter.streamTaskUpdates(ID))).toEqual([1]);
    const nowhere = await scripted(hangUp);
    await expect(versions(nowhere.adapter.streamTaskUpdates(ID))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(nowhere.asked).toHaveLength(4);
  });

  it('ends without an error when aborted, also while it waits, and hangs up', async () => {
    let gone: () => void = stay;
    const hungUp = new Promise<void>((resolve) => (gone = resolve));
    const { adapter } = await scripted((request, response, body) => {
      response.on('close', gone);
      stream(events(update(1)), stay)(request, response, body);
    });
    const abort = new AbortController();
    const updates = adapter.streamTaskUpdates(ID, { signal: abort.signal });
    expect((await updates.next()).value).toMatchObject({ version: 1 });
    const waiting = updates.next();
    abort.abort();
    expect(await waiting).toMatchObject({ done: true });
    await hungUp;
  });

  it('hangs up when the reader leaves its loop, even with a read under way', async () => {
    let gone: () => void = stay;
    const hungUp = new Promise<void>((resolve) => (gone = resolve));
    const { adapter } = await scripted((request, response, body) => {
      response.on('close', gone);
      stream(events(update(1)), stay)(request, response, body);
    });
    const updates = adapter.streamTaskUpdates(ID);
    await updates.next();
    const waiting = updates.next();
    expect(await updates.return?.()).toMatchObject({ done: true });
    expect(await waiting).toMatchObject({ done: true });
    await hungUp;
  });
});
