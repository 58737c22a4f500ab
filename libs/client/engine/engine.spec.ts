import { describe, expect, it } from 'vitest';
import { TASK_STATUSES } from '#task';
import type { TaskStatus } from '#task';
import { DistributedTaskEngine, globalTaskEngine } from './engine.js';
import { MemoryTaskStorage } from './storage.js';

const REQUEST = { description: 'review', input: 'git diff' } as const;

/** contract.md §1, and a way to each status. */
const CONTRACT: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  pending: ['planning', 'failed', 'cancelled'],
  planning: ['running', 'failed', 'cancelled'],
  running: ['waiting', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};
const WAY: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  pending: [],
  planning: ['planning'],
  running: ['planning', 'running'],
  waiting: ['planning', 'running', 'waiting'],
  completed: ['planning', 'running', 'completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};
const PAIRS = TASK_STATUSES.flatMap((from) =>
  TASK_STATUSES.map((to) => ({ from, to, legal: CONTRACT[from].includes(to) })),
);
const FINAL = ['completed', 'failed', 'cancelled'] as const;

async function aTaskThatIs(status: TaskStatus, engine = new DistributedTaskEngine()) {
  const { id } = await engine.createTask(REQUEST);
  for (const next of WAY[status]) await engine.updateTaskStatus(id, next);
  return { engine, id };
}

describe('creating a task', () => {
  it('fills in every default', async () => {
    const task = await new DistributedTaskEngine().createTask(REQUEST);
    expect(task).toMatchObject({
      ...REQUEST,
      status: 'pending',
      agentId: 'shell',
      sessionId: 'default',
      priority: 5,
      version: 1,
      attempt: 0,
      artifacts: [],
    });
    expect(task.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    expect(new Date(task.createdAt).toISOString()).toBe(task.createdAt);
  });

  it('lets a session come to be by its name', async () => {
    const engine = new DistributedTaskEngine();
    const { id } = await engine.createTask({ ...REQUEST, sessionId: 'remote_1' });
    await engine.createTask(REQUEST);
    expect((await engine.listTasks({ sessionId: 'remote_1' })).map((task) => task.id)).toEqual([id]);
    expect(await engine.listTasks({ status: 'pending' })).toHaveLength(2);
    expect(await engine.listTasks({ status: 'running' })).toEqual([]);
  });

  it.each([
    ['sessionId', { ...REQUEST, sessionId: 'a.b' }],
    ['description', { ...REQUEST, description: ' ' }],
    ['input', { ...REQUEST, input: 'a\0b' }],
    ['colour', { ...REQUEST, colour: 'red' }],
  ])('refuses a wrong %s by name', async (field, request) => {
    const refused = new DistributedTaskEngine().createTask(request);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', details: { field } });
  });

  it('finds the same task for the same key, from ten at once, and refuses another body', async () => {
    const engine = new DistributedTaskEngine();
    const request = { ...REQUEST, idempotencyKey: 'k' };
    const tasks = await Promise.all(Array.from({ length: 10 }, () => engine.createTask(request)));
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(1);
    expect(await engine.listTasks()).toHaveLength(1);
    await expect(engine.createTask({ ...request, input: 'other' })).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
  });

  it('waits for an approval where one is required', async () => {
    const engine = new DistributedTaskEngine();
    const { id, status } = await engine.createTask({ ...REQUEST, requiresApproval: true });
    expect(status).toBe('waiting');
    expect(await engine.updateTaskStatus(id, 'running', 'fine')).toMatchObject({ status: 'running' });
    expect((await engine.getTaskEvents(id)).at(-1)).toMatchObject({
      type: 'TaskResumed',
      data: { approved: true, reason: 'fine' },
    });
  });
});

describe('changing a task', () => {
  it.each(PAIRS)('from $from to $to: legal is $legal', async ({ from, to, legal }) => {
    const { engine, id } = await aTaskThatIs(from);
    const before = await engine.getTask(id);
    const outcome = await engine.updateTaskStatus(id, to, 'so').catch((error: unknown) => error);
    expect(outcome).toMatchObject(legal ? { id, status: to } : { code: 'illegal_transition' });
    expect(await engine.getTask(id)).toEqual(legal ? outcome : before);
  });

  it('answers null for a task it does not know', async () => {
    const engine = new DistributedTaskEngine();
    expect(await engine.getTask('x')).toBeNull();
    expect(await engine.updateTaskStatus('x', 'running')).toBeNull();
    expect(await engine.updateTaskProgress('x', 1)).toBeNull();
    expect(await engine.setTaskOutput('x', '')).toBeNull();
    expect(await engine.setTaskError('x', '')).toBeNull();
    expect(await engine.getTaskEvents('x')).toEqual([]);
    expect(await engine.cancelTask('x')).toBe(false);
  });

  it.each([
    [NaN, 0],
    [Infinity, 100],
    [-Infinity, 0],
    [-5, 0],
    [150, 100],
    [42, 42],
  ])('clamps a progress of %d to %d', async (said, progress) => {
    const { engine, id } = await aTaskThatIs('running');
    expect(await engine.updateTaskProgress(id, said)).toMatchObject({ progress, status: 'running' });
  });

  it('keeps the output that was set last', async () => {
    const { engine, id } = await aTaskThatIs('running');
    await engine.setTaskOutput(id, 'draft');
    expect(await engine.setTaskOutput(id, 'final')).toMatchObject({ output: 'final', status: 'running' });
    expect(await engine.updateTaskStatus(id, 'completed')).toMatchObject({ output: 'final', progress: 100 });
    expect((await engine.getTaskEvents(id)).at(-1)?.data).toEqual({ output: 'final' });
  });

  it('fails with its error', async () => {
    const { engine, id } = await aTaskThatIs('pending');
    expect(await engine.setTaskError(id, 'no disk')).toMatchObject({ status: 'failed', error: 'no disk' });
  });

  it.each(FINAL)('adds nothing to a task that is %s', async (status) => {
    const { engine, id } = await aTaskThatIs(status);
    for (const late of [
      engine.updateTaskProgress(id, 5),
      engine.setTaskOutput(id, 'x'),
      engine.setTaskError(id, 'x'),
    ]) {
      await expect(late).rejects.toMatchObject({ code: 'illegal_transition' });
    }
  });

  it('is cancelled once, however often it is asked', async () => {
    const { engine, id } = await aTaskThatIs('running');
    expect(await Promise.all([engine.cancelTask(id), engine.cancelTask(id), engine.cancelTask(id)])).toEqual([
      true,
      true,
      true,
    ]);
    expect((await engine.getTaskEvents(id)).filter(({ type }) => type === 'TaskCancelled')).toHaveLength(1);
  });

  it.each(['completed', 'failed'] as const)('is not cancelled when %s', async (status) => {
    const { engine, id } = await aTaskThatIs(status);
    expect(await engine.cancelTask(id)).toBe(false);
  });

  it('stays linear under many writers through two engines on one storage', async () => {
    const storage = new MemoryTaskStorage();
    const { engine, id } = await aTaskThatIs('running', new DistributedTaskEngine(storage));
    const other = new DistributedTaskEngine(storage);
    const write = (n: number) => (n % 2 ? engine : other).updateTaskProgress(id, n, `${n}`);
    await Promise.all(Array.from({ length: 200 }, (_, n) => write(n)));
    const events = await engine.getTaskEvents(id);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 203 }, (_, i) => i + 1));
    expect(new Set(events.slice(3).map(({ message }) => message)).size).toBe(200);
  });
});

describe('the history', () => {
  it('reads as in phase2.md', async () => {
    const { engine, id } = await aTaskThatIs('pending');
    await engine.updateTaskStatus(id, 'planning', 'Task analysis begins');
    const lines = (await engine.getTaskEvents(id)).map(
      (event) => `${event.timestamp}: ${event.event} - ${event.message}`,
    );
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z: TaskSubmitted - submitted: review$/);
    expect(lines[1]).toMatch(/Z: PlanningStarted - Task analysis begins$/);
  });
});

it('has one engine for the process', async () => {
  const { id } = await globalTaskEngine.createTask(REQUEST);
  expect(await globalTaskEngine.getTask(id)).toMatchObject({ id, status: 'pending' });
});
