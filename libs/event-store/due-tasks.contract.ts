import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskEvent } from '#task';
import type { DueTasks } from './due-tasks.js';
import type { EventStore } from './event-store.js';
import { commitOn, completed, granted, planning, started, submitted } from './samples.contract.js';

type Opened = Readonly<{ store: EventStore; due: DueTasks; close(): Promise<void> }>;

const asked = (ttlMs: number): TaskEvent => ({ type: 'ApprovalRequested', data: { prompt: '?', ttlMs } });

/** What is promised of times that are written with what arms them. */
export function dueTasksContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, as the times of tasks`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const put = async (events: readonly TaskEvent[]) => {
      const taskId = randomUUID();
      const { task } = await opened.store.append(commitOn({ taskId, task: null }, events));
      return { taskId, task };
    };
    const ids = async () => (await opened.due.next(100)).map(({ taskId }) => taskId);

    it('tells the soonest first, and of each when it is due', async () => {
      const late = await put([submitted, planning, started, asked(60_000)]);
      const soon = await put([submitted, planning, started, asked(1_000)]);
      const timed = { ...submitted, data: { ...submitted.data, timeoutMs: 30_000 } } as TaskEvent;
      const between = await put([timed, granted]);
      await put([submitted]);
      expect(await opened.due.next(100)).toEqual([
        { taskId: soon.taskId, dueAt: soon.task.waiting?.expiresAt },
        { taskId: between.taskId, dueAt: between.task.deadlineAt },
        { taskId: late.taskId, dueAt: late.task.waiting?.expiresAt },
      ]);
      expect(await opened.due.next(1)).toHaveLength(1);
    });

    it('forgets a time with the commit that ends it', async () => {
      const waiting = await put([submitted, planning, started, asked(5_000)]);
      expect(await ids()).toContain(waiting.taskId);
      const answered = await opened.store.append(
        commitOn(waiting, [{ type: 'TaskResumed', data: { approved: true } }]),
      );
      expect(await ids()).not.toContain(waiting.taskId);
      await opened.store.append(commitOn(answered, [completed]));
      expect(await ids()).not.toContain(waiting.taskId);
    });
  });
}
