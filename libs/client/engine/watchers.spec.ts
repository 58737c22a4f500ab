import { describe, expect, it } from 'vitest';
import type { TaskUpdateEvent } from '#contract';
import { DistributedTaskEngine } from './engine.js';

async function aTask() {
  const engine = new DistributedTaskEngine();
  const { id } = await engine.createTask({ description: 'review', input: 'git diff' });
  return { engine, id };
}

describe('watching', () => {
  it('calls back before the change returns, until unsubscribed', async () => {
    const { engine, id } = await aTask();
    const heard: TaskUpdateEvent[] = [];
    const stop = engine.subscribeToTask(id, (update) => heard.push(update));
    await engine.updateTaskStatus(id, 'planning');
    expect(heard.map(({ status, version }) => [status, version])).toEqual([['planning', 2]]);
    stop();
    stop();
    await engine.updateTaskStatus(id, 'running');
    expect(heard).toHaveLength(1);
  });

  it('is not harmed by a listener that throws, which is warned of', async () => {
    const { engine, id } = await aTask();
    const heard: number[] = [];
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    engine.subscribeToTask(id, () => {
      throw new Error('broken listener');
    });
    engine.subscribeToTask(id, ({ version }) => heard.push(version));
    await engine.updateTaskStatus(id, 'planning');
    expect(heard).toEqual([2]);
    expect((await warned).message).toBe('broken listener');
  });
});
