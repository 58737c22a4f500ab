import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeInterface, TaskState } from '#contract';
import { openLocalRuntime } from './index.js';

describe('a deadline, when everything is closed and opened again', () => {
  let folder: string;
  let runtime: RuntimeInterface;
  const open = async () => {
    runtime = await openLocalRuntime({ workspace: folder, dataDir: join(folder, 'data') });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-times-'));
    await open();
  }, 120_000);
  afterAll(async () => {
    await runtime.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ended = async (id: string): Promise<TaskState | null> => {
    for await (const _ of runtime.streamTaskUpdates(id)); // to its end
    return runtime.getTaskState(id);
  };
  const started = async (timeoutMs: number) => {
    const { id } = await runtime.submitTask({ description: 'too long', input: 'sleep 60', timeoutMs });
    for await (const { type } of runtime.streamTaskUpdates(id)) if (type === 'TaskStarted') break;
    const granted = (await runtime.getTaskEvents(id)).find(({ type }) => type === 'LeaseGranted');
    return { id, dueAt: Date.parse(granted?.timestamp ?? '') + timeoutMs };
  };

  it('still fires at its time', async () => {
    const { id, dueAt } = await started(8_000);
    await runtime.close();
    await open();
    const opened = Date.now();
    const state = await ended(id);
    expect(state).toMatchObject({ status: 'failed', error: 'timed out after 8000 ms' });
    const firedAt = Date.parse(state?.completedAt ?? '');
    expect(firedAt).toBeGreaterThanOrEqual(dueAt);
    expect(firedAt).toBeLessThan(Math.max(dueAt, opened) + 1_000);
  }, 120_000);

  it('fires at once when it passed meanwhile, and the task is not begun again', async () => {
    const { id, dueAt } = await started(1_500);
    await runtime.close();
    await expect.poll(() => Date.now(), { timeout: 5_000 }).toBeGreaterThan(dueAt);
    await open();
    expect(await ended(id)).toMatchObject({ status: 'failed', error: 'timed out after 1500 ms' });
  }, 120_000);
});
