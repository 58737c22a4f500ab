import { describe, expect, it } from 'vitest';
import type { RuntimeInterface, TaskUpdateEvent } from '#contract';
import { FINAL, all, textOf, upTo, versionsOf, verbs } from './runtime-verbs.contract.js';

/** Every event once, in order, to the end. */
export function streamingContract(runtime: RuntimeInterface): void {
  const { submit, finished, running } = verbs(runtime);

  describe('streaming', () => {
    it('tells every event from the first to the final status, in order, once, and ends', async () => {
      const { id, updates } = await finished('echo hello');
      expect(versionsOf(updates)).toEqual(upTo(updates.length));
      expect(updates[0]).toMatchObject({ taskId: id, type: 'TaskSubmitted', status: 'pending' });
      expect(updates.at(-1)).toMatchObject({ type: 'TaskCompleted', status: 'completed' });
      expect(textOf(updates)).toBe('hello\n');
      expect(await runtime.getTaskState(id)).toMatchObject({
        status: 'completed',
        version: updates.length,
        output: 'hello\n',
      });
    });

    it('tells the same as the history', async () => {
      const { id, updates } = await finished('echo hello');
      const history = await runtime.getTaskEvents(id);
      expect(history.map(({ version, type, event }) => [version, type, event])).toEqual(
        updates.map(({ version, type }) => [version, type, type]),
      );
    });

    it('begins after the version it is given, and ends at once after the last', async () => {
      const { id, updates } = await finished('echo hello');
      const last = updates.length;
      for (const after of [1, 2, last - 1]) {
        expect(versionsOf(await all(runtime.streamTaskUpdates(id, { after })))).toEqual(
          upTo(last, after + 1),
        );
      }
      expect(await all(runtime.streamTaskUpdates(id, { after: last }))).toEqual([]);
    });

    it('goes on live after the version it is given', async () => {
      const { id, version } = await running();
      const rest = all(runtime.streamTaskUpdates(id, { after: version }));
      await runtime.cancelTask(id);
      const updates = await rest;
      expect(updates[0]?.version).toBe(version + 1);
      expect(updates.at(-1)).toMatchObject({ status: 'cancelled', type: 'TaskCancelled' });
    });

    it('gives a reader that left the rest, without gap or repetition', async () => {
      const { id } = await submit('seq 1 200');
      const seen: TaskUpdateEvent[] = [];
      for (let done = false; !done;) {
        for await (const update of runtime.streamTaskUpdates(id, { after: seen.at(-1)?.version ?? 0 })) {
          expect(update.version).toBe(seen.length + 1);
          seen.push(update);
          done = FINAL.has(update.status);
          if (seen.length % 2 === 0) break;
        }
      }
      expect(versionsOf(seen)).toEqual(upTo(seen.length));
      expect(textOf(seen)).toBe(`${upTo(200).join('\n')}\n`);
    });

    it('keeps the end for a reader that is slow', async () => {
      const { id } = await submit('seq 1 20000');
      const slow = runtime.streamTaskUpdates(id);
      const first = (await slow.next()).value as TaskUpdateEvent;
      const quick = await all(runtime.streamTaskUpdates(id));
      const rest = await all(slow);
      expect(versionsOf([first, ...rest])).toEqual(versionsOf(quick));
      expect(textOf([first, ...rest]) === textOf(quick)).toBe(true); // not toBe: nobody reads, or waits for, such a diff
      expect(textOf(quick) === `${upTo(20_000).join('\n')}\n`).toBe(true);
    });

    it('tells many readers at once the same', async () => {
      const { id } = await submit('seq 1 100');
      const readers = await Promise.all(upTo(8).map(() => all(runtime.streamTaskUpdates(id))));
      for (const updates of readers) expect(updates).toEqual(readers[0]);
      expect(readers[0]?.at(-1)?.status).toBe('completed');
    });

    it('ends without an error when it is aborted, before and while it waits', async () => {
      const { id } = await running();
      const abort = new AbortController();
      const updates = runtime.streamTaskUpdates(id, { signal: abort.signal });
      expect((await updates.next()).value).toMatchObject({ version: 1 });
      const reading = all(updates);
      setImmediate(() => abort.abort());
      expect(versionsOf(await reading)).toEqual(upTo((await reading).length + 1, 2));
      expect(await all(runtime.streamTaskUpdates(id, { signal: abort.signal }))).toEqual([]);
      await runtime.cancelTask(id);
    });

    it('tells a failure as one', async () => {
      const { id, updates } = await finished('exit 3');
      expect(updates.at(-1)).toMatchObject({ status: 'failed', type: 'TaskFailed' });
      expect(await runtime.getTaskState(id)).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('3') as unknown,
      });
    });
  });
}
