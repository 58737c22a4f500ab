import { expect } from 'vitest';
import type { RuntimeInterface, TaskHistoryEvent, TaskState } from '#contract';
import { isFinal } from '#task';
import { eventually } from './eventually.js';

/**
 * Decides, from what clients can see, whether the promises hold for these tasks: each is there, becomes final, has a
 * history without a gap that ends as the state says, and is listed exactly as it is stored.
 */
export async function checkRecord(
  client: RuntimeInterface,
  taskIds: readonly string[],
  deadlineMs = 60_000,
): Promise<readonly TaskState[]> {
  const states: TaskState[] = [];
  for (const taskId of taskIds) {
    const state = await finalState(client, taskId, deadlineMs);
    checkHistory(state, await client.getTaskEvents(taskId));
    states.push(state);
  }
  await checkLists(client, states);
  return states;
}

const finalState = (client: RuntimeInterface, taskId: string, deadlineMs: number): Promise<TaskState> =>
  eventually(
    `task ${taskId} becomes final`,
    async () => {
      const state = await client.getTaskState(taskId);
      if (!state) throw new Error('an acknowledged task is gone');
      return isFinal(state.status) && state;
    },
    deadlineMs,
  );

function checkHistory(state: TaskState, events: readonly TaskHistoryEvent[]): void {
  expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
  expect(events).toHaveLength(state.version);
  const finals = events.filter(({ type }) => ['TaskCompleted', 'TaskFailed', 'TaskCancelled'].includes(type));
  expect(finals.map(({ type }) => type)).toEqual([events.at(-1)?.type]);
}

async function checkLists(client: RuntimeInterface, states: readonly TaskState[]): Promise<void> {
  await eventually('the lists equal the log', async () => {
    const listed = await everyTask(client);
    for (const state of states) expect(listed.get(state.id)).toEqual(state);
    return true;
  });
}

async function everyTask(client: RuntimeInterface): Promise<ReadonlyMap<string, TaskState>> {
  const all = new Map<string, TaskState>();
  for (let cursor: string | undefined; ;) {
    const page = await client.listTasks({ limit: 200, cursor });
    for (const task of page.tasks) all.set(task.id, task);
    if (!page.cursor) return all;
    cursor = page.cursor;
  }
}
