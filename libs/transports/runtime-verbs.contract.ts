import { expect } from 'vitest';
import type { RuntimeInterface, TaskState, TaskSubmitRequest, TaskUpdateEvent } from '#contract';

export const NOBODY = '01890000-0000-7000-8000-000000000000';
export const FINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export const versionsOf = (updates: readonly { version: number }[]) => updates.map(({ version }) => version);
export const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
export const textOf = (updates: readonly TaskUpdateEvent[]) =>
  updates.map(({ output = '' }) => output).join('');
export const code = (expected: string, field?: string) =>
  expect.objectContaining({
    name: 'MeshError',
    code: expected,
    ...(field ? { details: expect.objectContaining({ field }) as unknown } : {}),
  });

/** What the suites do again and again. */
export function verbs(runtime: RuntimeInterface) {
  const submit = (input: string, more: Partial<TaskSubmitRequest> = {}): Promise<TaskState> =>
    runtime.submitTask({ description: `try ${input}`, input, ...more });
  const finished = async (input: string) => {
    const { id } = await submit(input);
    return { id, updates: await all(runtime.streamTaskUpdates(id)) };
  };
  /** A task that has started and will not end by itself, and the version at which that was seen. */
  const running = async () => {
    const { id } = await submit('sleep 60');
    for await (const { status, version } of runtime.streamTaskUpdates(id))
      if (status === 'running') return { id, version };
    throw new Error('the task ended before it ran');
  };
  return { submit, finished, running };
}
