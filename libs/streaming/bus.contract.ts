import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '#contract';
import { MeshError } from '#errors';

/** Two ends of one bus; in process they are the same object. */
export type BusEnds = Readonly<{ here: Bus; there: Bus; close: () => Promise<void> }>;

/** What every bus promises. A new adapter is done when this passes. */
export function busContract(name: string, open: () => Promise<BusEnds>): void {
  describe(`${name}, as a bus`, () => {
    let ends: BusEnds;
    let root: string;

    beforeEach(async () => {
      ends = await open();
      root = `t${crypto.randomUUID()}`;
    });
    afterEach(() => ends.close());

    it('tells every listener whose pattern matches, in order, and no other', async () => {
      const heard: string[] = [];
      const listen = (who: string) => (payload: unknown, subject: string) => {
        heard.push(`${who} ${subject.slice(root.length + 1)} ${JSON.stringify(payload)}`);
      };
      await ends.there.subscribe(`${root}.a.*`, listen('star'));
      await ends.there.subscribe(`${root}.>`, listen('rest'));
      await ends.there.subscribe(`${root}.other`, listen('other'));
      ends.here.publish(`${root}.a.x`, 1);
      ends.here.publish(`${root}.a.y`, 2);
      await vi.waitFor(() => expect(heard).toHaveLength(4));
      expect(heard.filter((line) => line.startsWith('star'))).toEqual(['star a.x 1', 'star a.y 2']);
      expect(heard.filter((line) => line.startsWith('rest'))).toEqual(['rest a.x 1', 'rest a.y 2']);
    });

    it('carries what JSON can say, as it was when it was sent, and never inside the call', async () => {
      const heard: unknown[] = [];
      await ends.there.subscribe(root, (payload) => void heard.push(payload));
      const payload = { at: new Date(0), gone: undefined, list: [1, null, '\u{1F980}'] };
      ends.here.publish(root, payload);
      payload.list.push(2);
      ends.here.publish(root, undefined);
      expect(heard).toEqual([]);
      await vi.waitFor(() => expect(heard).toHaveLength(2));
      expect(heard).toStrictEqual([
        { at: '1970-01-01T00:00:00.000Z', list: [1, null, '\u{1F980}'] },
        undefined,
      ]);
    });

    it('tells nobody who has stopped, and lets them stop twice', async () => {
      const heard: unknown[] = [];
      const stop = await ends.there.subscribe(root, () => void heard.push('stopped'));
      await ends.there.subscribe(root, () => void heard.push('still there'));
      await stop();
      await stop();
      ends.here.publish(root, null);
      await vi.waitFor(() => expect(heard).toContain('still there'));
      expect(heard).toEqual(['still there']);
    });

    it('goes on after a listener that throws', async () => {
      const heard: unknown[] = [];
      await ends.there.subscribe(root, () => {
        throw new Error('synchronous');
      });
      await ends.there.subscribe(root, async (payload) => {
        heard.push(payload);
        throw new Error('asynchronous');
      });
      ends.here.publish(root, 1);
      ends.here.publish(root, 2);
      await vi.waitFor(() => expect(heard).toEqual([1, 2]));
    });

    it('gives each request its own answer, whatever their order', async () => {
      const release: (() => void)[] = [];
      await ends.there.serve(`${root}.*`, null, async (payload, subject) => {
        await new Promise<void>((resolve) => release.push(resolve));
        return { payload, subject };
      });
      const asked = [1, 2, 3].map((n) => ends.here.request(`${root}.m${n}`, { n }, 5_000));
      await vi.waitFor(() => expect(release).toHaveLength(3));
      for (const go of release.toReversed()) go();
      expect(await Promise.all(asked)).toEqual(
        [1, 2, 3].map((n) => ({ payload: { n }, subject: `${root}.m${n}` })),
      );
    });

    it('does not mistake an answer that speaks of an error for one', async () => {
      await ends.there.serve(root, null, async () => ({
        error: { code: 'internal', message: 'a field of a task' },
      }));
      expect(await ends.here.request(root, {}, 5_000)).toEqual({
        error: { code: 'internal', message: 'a field of a task' },
      });
    });

    it('answers nothing with nothing', async () => {
      await ends.there.serve(root, null, async () => undefined);
      expect(await ends.here.request(root, undefined, 5_000)).toBeUndefined();
    });

    it('carries our errors whole', async () => {
      const details = { field: 'input', retryAfterSeconds: 3 };
      await ends.there.serve(root, null, async () => {
        throw new MeshError('rate_limited', 'too many', details);
      });
      const asked = ends.here.request(root, {}, 5_000);
      await expect(asked).rejects.toBeInstanceOf(MeshError);
      await expect(asked).rejects.toMatchObject({ code: 'rate_limited', message: 'too many', details });
    });

    it('keeps the text of any other error to itself', async () => {
      await ends.there.serve(root, null, () => {
        throw new Error('password=hunter2');
      });
      const asked = ends.here.request(root, {}, 5_000);
      await expect(asked).rejects.toMatchObject({ code: 'internal' });
      await expect(asked).rejects.not.toThrow(/hunter2/);
    });

    it('says unavailable at once where nobody serves, or nobody does any more', async () => {
      const started = performance.now();
      await expect(ends.here.request(root, {}, 20_000)).rejects.toMatchObject({ code: 'unavailable' });
      const stop = await ends.there.serve(root, null, async () => 'here');
      expect(await ends.here.request(root, {}, 5_000)).toBe('here');
      await stop();
      await vi.waitFor(() =>
        expect(ends.here.request(root, {}, 20_000)).rejects.toMatchObject({ code: 'unavailable' }),
      );
      expect(performance.now() - started).toBeLessThan(10_000);
    });

    it('says deadline_exceeded when the answer takes too long', async () => {
      await ends.there.serve(root, null, () => new Promise(() => {}));
      await expect(ends.here.request(root, {}, 50)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    });

    it('lets one of a queue answer each request, and each of them some', async () => {
      const answered = [0, 0];
      for (const who of [0, 1]) {
        await ends.there.serve(root, 'q', async () => {
          answered[who] = (answered[who] ?? 0) + 1;
        });
      }
      await Promise.all(Array.from({ length: 100 }, () => ends.here.request(root, {}, 5_000)));
      expect((answered[0] ?? 0) + (answered[1] ?? 0)).toBe(100);
      expect(Math.min(...answered)).toBeGreaterThan(0);
    });

    it('is quiet, and away, once it is closed', async () => {
      expect(ends.here.connected).toBe(true);
      await ends.here.close();
      expect(() => ends.here.publish(root, 1)).not.toThrow();
      await expect(ends.here.request(root, {}, 1_000)).rejects.toMatchObject({ code: 'unavailable' });
      await expect(ends.here.subscribe(root, () => {})).rejects.toMatchObject({ code: 'unavailable' });
      expect(ends.here.connected).toBe(false);
    });
  });
}
