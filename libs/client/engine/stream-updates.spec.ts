import { describe, expect, it } from 'vitest';
import type { TaskUpdateEvent } from '#contract';
import { DistributedTaskEngine } from './engine.js';

const REQUEST = { description: 'review', input: 'git diff' } as const;

async function read(updates: AsyncIterable<TaskUpdateEvent>): Promise<TaskUpdateEvent[]> {
  const all: TaskUpdateEvent[] = [];
  for await (const update of updates) all.push(update);
  return all;
}

async function aRun(engine: DistributedTaskEngine, id: string): Promise<void> {
  await engine.updateTaskStatus(id, 'planning');
  await engine.updateTaskStatus(id, 'running');
  for (let n = 1; n <= 50; n++) await engine.updateTaskProgress(id, n);
  await engine.updateTaskStatus(id, 'completed');
}

const VERSIONS = Array.from({ length: 54 }, (_, i) => i + 1);

describe('a stream of updates', () => {
  it('tells every event from the first, in order, once, and ends after the final one', async () => {
    const engine = new DistributedTaskEngine();
    const { id } = await engine.createTask(REQUEST);
    const [live] = await Promise.all([read(engine.streamTaskUpdates(id)), aRun(engine, id)]);
    expect(live.map(({ version }) => version)).toEqual(VERSIONS);
    expect(live.at(-1)).toMatchObject({ status: 'completed', progress: 100, taskId: id });
    expect(await read(engine.streamTaskUpdates(id))).toEqual(live);
  });

  it('loses nothing for a reader that is slower than the task', async () => {
    const engine = new DistributedTaskEngine();
    const { id } = await engine.createTask(REQUEST);
    const updates = engine.streamTaskUpdates(id);
    const first = await updates.next();
    await aRun(engine, id); // all of it happens while the reader looks at the first
    const rest = await read(updates);
    expect([first.value?.version, ...rest.map(({ version }) => version)]).toEqual(VERSIONS);
  });

  it('resumes after a version', async () => {
    const engine = new DistributedTaskEngine();
    const { id } = await engine.createTask(REQUEST);
    await aRun(engine, id);
    const rest = await read(engine.streamTaskUpdates(id, { after: 52 }));
    expect(rest.map(({ version, progress }) => [version, progress])).toEqual([
      [53, 50],
      [54, 100],
    ]);
  });

  it('ends when its signal says so, also while it waits', async () => {
    const engine = new DistributedTaskEngine();
    const { id } = await engine.createTask(REQUEST);
    const { signal, abort } = withAbort();
    const updates = engine.streamTaskUpdates(id, { signal });
    await updates.next();
    const pending = updates.next();
    abort();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('of an unknown task is not found', async () => {
    const updates = new DistributedTaskEngine().streamTaskUpdates('nobody');
    await expect(updates.next()).rejects.toMatchObject({ code: 'not_found' });
  });
});

function withAbort(): Readonly<{ signal: AbortSignal; abort: () => void }> {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
