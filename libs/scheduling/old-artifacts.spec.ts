import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FilesArtifactStore } from '#artifacts';
import { Logger } from '#contract';
import { LeapingClock } from '#test/leaping-clock';
import type { ArchivesInUse } from './old-artifacts.service.js';
import { OldArtifacts } from './old-artifacts.service.js';

type Said = readonly [string, object | undefined];

class KeptWords extends Logger {
  readonly said: Said[] = [];
  override info = (message: string, fields?: object) => void this.said.push([message, fields]);
  override warn = (message: string, fields?: object) => void this.said.push([message, fields]);
  override error = () => {};
}

const countedBy = ({ said }: KeptWords): number =>
  said.map(([, fields]) => (fields as { artifacts: number }).artifacts).reduce((a, b) => a + b, 0);

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('old artifacts', () => {
  let folder: string;
  let clock: LeapingClock;
  let store: FilesArtifactStore;
  let words: KeptWords;
  let needed: Set<string>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'old-artifacts-'));
    clock = new LeapingClock();
    store = new FilesArtifactStore({ folder, clock });
    words = new KeptWords();
    needed = new Set();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = (text: string) => store.put('t', Readable.from([Buffer.from(text)]), { maxBytes: 100 });
  const duty = (days = 90) => {
    const inUse = { all: async () => needed } as unknown as ArchivesInUse;
    return new OldArtifacts(store, { days }, inUse, clock, words);
  };
  /** Runs the duty until it has said something. */
  const untilSaid = async (job: OldArtifacts): Promise<Said | undefined> => {
    const stop = job.start();
    await vi.waitFor(() => expect(words.said).not.toEqual([]));
    await stop();
    return words.said.at(-1);
  };
  const has = async (text: string) => (await store.sizeOf('t', digestOf(text))) !== null;

  it('are removed when nobody has used them for as long as they are kept, and no task needs them', async () => {
    for (const text of ['old', 'needed', 'used']) await put(text);
    needed.add(digestOf('needed'));
    clock.pass(60);
    await store.use('t', digestOf('used'));
    clock.pass(31);
    await put('young');
    const said = await untilSaid(duty());
    expect(said).toEqual(['artifacts were removed that nobody used', { artifacts: 1, bytes: 3, days: 90 }]);
    expect(await Promise.all(['old', 'needed', 'used', 'young'].map(has))).toEqual([false, true, true, true]);
  });

  it('are all removed, however many, and by two at once', async () => {
    await Promise.all(Array.from({ length: 150 }, (_, i) => put(`old ${i}`)));
    clock.pass(91);
    const stops = [duty().start(), duty().start()];
    await vi.waitFor(() => expect(countedBy(words)).toBe(150), { timeout: 10_000 });
    await Promise.all(stops.map((stop) => stop()));
    for await (const unused of store.unusedSince(clock.now())) expect(unused).toBeUndefined();
  });

  it('are removed the rest of, when a removal was broken off', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => put(`old ${i}`)));
    clock.pass(91);
    const breaking = vi.spyOn(store, 'unusedSince').mockImplementationOnce(async function* (since) {
      for await (const unused of new FilesArtifactStore({ folder, clock }).unusedSince(since)) {
        yield unused;
        throw new Error('the disk is away');
      }
    });
    expect(await untilSaid(duty())).toEqual([
      'old artifacts will be removed later',
      { error: 'the disk is away' },
    ]);
    breaking.mockRestore();
    words.said.length = 0;
    expect(await untilSaid(duty())).toEqual([expect.any(String), { artifacts: 9, bytes: 45, days: 90 }]);
  });

  it('are kept for ever where the days are none, and what crashes left is swept away all the same', async () => {
    await put('old');
    clock.pass(36_500);
    const swept = vi.spyOn(store, 'sweep');
    const looked = vi.spyOn(store, 'unusedSince');
    const stop = duty(0).start();
    await vi.waitFor(() => expect(swept).toHaveBeenCalled());
    await stop();
    expect(looked).not.toHaveBeenCalled();
    expect(await has('old')).toBe(true);
  });

  it('are looked for every hour', async () => {
    vi.useFakeTimers();
    const swept = vi.spyOn(store, 'sweep').mockResolvedValue();
    const stop = duty(0).start();
    await vi.advanceTimersByTimeAsync(2 * 60 * 60_000);
    await stop();
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    vi.useRealTimers();
    expect(swept).toHaveBeenCalledTimes(3);
  });
});
