import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskEvent } from '#task';
import type { EventStore } from './event-store.js';
import type { NeededArchives } from './needed-archives.js';
import { commitOn, completed, granted, planning, started, submitted } from './samples.contract.js';

type Opened = Readonly<{ store: EventStore; archives: NeededArchives; close(): Promise<void> }>;

const on = (archive: string): TaskEvent =>
  ({ ...submitted, data: { ...submitted.data, workspace: { archive } } }) as TaskEvent;

/** What is promised of archives that are not to be removed. */
export function neededArchivesContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, as the archives that are needed`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const put = async (...events: readonly TaskEvent[]) => {
      const taskId = randomUUID();
      const { task } = await opened.store.append(commitOn({ taskId, task: null }, events));
      return { taskId, task };
    };

    it('are those of tasks that wait, run or ask, until the last of them is over', async () => {
      await put(submitted);
      await put(on('of-one-that-waits'));
      await put(on('of-one-that-runs'), granted, planning, started);
      await put(on('of-one-that-asks'), planning, started, { type: 'InputRequested', data: { prompt: '?' } });
      await put(on('of-one-that-is-over'), planning, started, completed);
      const [one, other] = [await put(on('of-two')), await put(on('of-two'))];
      const going = ['of-one-that-asks', 'of-one-that-runs', 'of-one-that-waits'];
      const needed = async () => [...(await opened.archives.all())].toSorted();
      await opened.store.append(commitOn(one, [{ type: 'TaskCancelled', data: { reason: '' } }]));
      expect(await needed()).toEqual([...going, 'of-two']);
      await opened.store.append(commitOn(other, [{ type: 'TaskCancelled', data: { reason: '' } }]));
      expect(await needed()).toEqual(going);
    });
  });
}
