import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Clock } from '#contract';
import { LeapingClock } from '#test/leaping-clock';
import type { ArtifactStore, UnusedArtifact } from './artifact-store.js';

export const digestOf = (content: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

export async function* inPieces(...pieces: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) yield Buffer.from(piece);
}

export async function textOf(content: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const LIMIT = { maxBytes: 1000 };

async function* broken(): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from('half');
  await Promise.reject(new Error('the line went dead'));
}

async function removable(store: ArtifactStore, since: Date): Promise<readonly UnusedArtifact[]> {
  const found: UnusedArtifact[] = [];
  for await (const unused of store.unusedSince(since)) found.push(unused);
  return found;
}

/** What every store of artifacts promises. */
export function artifactStoreContract(name: string, open: (clock?: Clock) => Promise<ArtifactStore>): void {
  describe(`${name}, as a store of artifacts`, () => {
    it('gives back what was put, under the digest of its content', async () => {
      const store = await open();
      const stored = await store.put('here', inPieces('hel', 'lo'), LIMIT);
      expect(stored).toEqual({ digest: digestOf('hello'), bytes: 5 });
      const opened = await store.open('here', stored.digest);
      expect(opened?.bytes).toBe(5);
      expect(await textOf(opened?.content)).toBe('hello');
      expect(await store.sizeOf('here', stored.digest)).toBe(5);
    });

    it('keeps what is empty', async () => {
      const store = await open();
      const { digest } = await store.put('here', inPieces(), LIMIT);
      expect(await store.open('here', digest)).toMatchObject({ bytes: 0 });
    });

    it('reads a piece from the middle, less at the end, and nothing past it', async () => {
      const store = await open();
      const { digest } = await store.put('here', inPieces('0123456789'), LIMIT);
      const read = async (offset: number, length: number) => {
        const found = await store.read('here', digest, offset, length);
        return found && [found.bytes, Buffer.from(found.piece).toString()];
      };
      expect(await read(2, 3)).toEqual([10, '234']);
      expect(await read(8, 5)).toEqual([10, '89']);
      expect(await read(10, 5)).toEqual([10, '']);
    });

    it('has nothing of another tenant, and nothing that is no digest', async () => {
      const store = await open();
      const { digest } = await store.put('here', inPieces('mine'), LIMIT);
      for (const [tenant, asked] of [
        ['there', digest],
        ['HERE', digest],
        ['here', digestOf('other')],
        ['here', `sha256:../../${'a'.repeat(58)}`],
        ['here', ''],
        ['../here', digest],
      ] as const) {
        expect(await store.open(tenant, asked)).toBeNull();
        expect(await store.read(tenant, asked, 0, 10)).toBeNull();
        expect(await store.sizeOf(tenant, asked)).toBeNull();
      }
    });

    it('refuses more than it may be, with the first byte too many', async () => {
      const store = await open();
      let taken = 0;
      const endless = async function* () {
        for (; ; taken += 100) yield Buffer.alloc(100);
      };
      await expect(store.put('here', endless(), LIMIT)).rejects.toMatchObject({ code: 'payload_too_large' });
      expect(taken).toBeLessThan(2 * LIMIT.maxBytes);
      const exactly = Buffer.alloc(LIMIT.maxBytes).toString();
      expect(await store.put('here', inPieces(exactly), LIMIT)).toMatchObject({ bytes: LIMIT.maxBytes });
    });

    it('refuses content of another digest, and keeps none of it', async () => {
      const store = await open();
      const put = store.put('here', inPieces('changed'), { ...LIMIT, digest: digestOf('original') });
      await expect(put).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'digest' } });
      expect(await store.sizeOf('here', digestOf('changed'))).toBeNull();
    });

    it('keeps nothing of what breaks off', async () => {
      const store = await open();
      await expect(store.put('here', broken(), LIMIT)).rejects.toThrow('the line went dead');
      expect(await store.sizeOf('here', digestOf('half'))).toBeNull();
    });

    it('keeps the same content once, whoever puts it at the same time', async () => {
      const store = await open();
      const puts = Array.from({ length: 20 }, () => store.put('here', inPieces('sa', 'me'), LIMIT));
      expect(new Set((await Promise.all(puts)).map(({ digest }) => digest)).size).toBe(1);
      expect(await textOf((await store.open('here', digestOf('same')))?.content)).toBe('same');
    });

    it('tells what nobody has put or used since, of all tenants, and removes it', async () => {
      const clock = new LeapingClock();
      const store = await open(clock);
      const { digest: used } = await store.put('here', inPieces('used again'), LIMIT);
      const { digest: again } = await store.put('here', inPieces('put again'), LIMIT);
      const { digest: old } = await store.put('here', inPieces('old'), LIMIT);
      await store.put('There', inPieces('old'), LIMIT);
      clock.pass(10);
      expect(await store.use('here', used)).toBe(10);
      await store.put('here', inPieces('put again'), LIMIT);
      await store.put('here', inPieces('young'), LIMIT);
      expect(await removable(store, clock.daysAgo(11))).toEqual([]);
      const found = await removable(store, clock.daysAgo(9));
      expect(found).toMatchObject([
        { digest: old, bytes: 3 },
        { digest: old, bytes: 3 },
      ]);
      expect(await Promise.all(found.map((unused) => unused.remove()))).toEqual([true, true]);
      for (const tenant of ['here', 'There']) expect(await store.open(tenant, old)).toBeNull();
      expect(await store.use('here', old)).toBeNull();
      expect(await textOf((await store.open('here', again))?.content)).toBe('put again');
      expect(await removable(store, clock.daysAgo(9))).toEqual([]);
    });

    it('does not remove what was used after it was told of, and takes it again once it is removed', async () => {
      const clock = new LeapingClock();
      const store = await open(clock);
      const { digest } = await store.put('here', inPieces('wanted'), LIMIT);
      clock.pass(10);
      const [told] = await removable(store, clock.daysAgo(9));
      await store.use('here', digest);
      expect(await told?.remove()).toBe(false);
      expect(await textOf((await store.open('here', digest))?.content)).toBe('wanted');
      clock.pass(10);
      const [late] = await removable(store, clock.daysAgo(9));
      expect(await late?.remove()).toBe(true);
      expect(await store.sizeOf('here', digest)).toBeNull();
      await store.put('here', inPieces('wanted'), LIMIT);
      expect(await late?.remove()).toBe(false);
      expect(await textOf((await store.open('here', digest))?.content)).toBe('wanted');
    });

    it('sweeps nothing away that is whole', async () => {
      const clock = new LeapingClock();
      const store = await open(clock);
      const { digest } = await store.put('here', inPieces('whole'), LIMIT);
      clock.pass(10);
      await store.sweep();
      expect(await textOf((await store.open('here', digest))?.content)).toBe('whole');
    });
  });
}
