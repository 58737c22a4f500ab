import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeInterface, TaskState, TaskSubmitRequest, TaskUpdateEvent } from '#contract';

/** A runtime to try, whose `shell` agent is run by some worker. It is closed at the end. */
export type Opened = Readonly<{ runtime: RuntimeInterface }>;

const NOBODY = '01890000-0000-7000-8000-000000000000';
const FINAL = ['completed', 'failed', 'cancelled'];

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const versionsOf = (updates: readonly { version: number }[]) => updates.map(({ version }) => version);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const textOf = (updates: readonly TaskUpdateEvent[]) => updates.map(({ output = '' }) => output).join('');
const code = (expected: string, field?: string) =>
  expect.objectContaining({ name: 'MeshError', code: expected, ...(field ? { details: expect.objectContaining({ field }) as unknown } : {}) });

/** What the runtime promises, whatever carries it. A new transport is done when this passes. */
export function runtimeContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, as a runtime`, () => {
    let runtime: RuntimeInterface;
    beforeAll(async () => ({ runtime } = await open()), 120_000);
    afterAll(async () => runtime?.close());

    const submit = (input: string, more: Partial<TaskSubmitRequest> = {}): Promise<TaskState> =>
      runtime.submitTask({ description: `try ${input}`, input, ...more });
    const finished = async (input: string) => {
      const { id } = await submit(input);
      return { id, updates: await all(runtime.streamTaskUpdates(id)) };
    };
    /** A task that has started and will not end by itself, and the version at which that was seen. */
    const running = async () => {
      const { id } = await submit('sleep 60');
      for await (const { status, version } of runtime.streamTaskUpdates(id)) if (status === 'running') return { id, version };
      throw new Error('the task ended before it ran');
    };

    describe('submitting', () => {
      it('answers with the task as it was stored, defaults filled in', async () => {
        const state = await submit('echo hi', { metadata: { from: ['a', { b: null }] }, priority: 7 });
        expect(state).toMatchObject({ status: 'pending', agentId: 'shell', description: 'try echo hi', input: 'echo hi', priority: 7 });
        expect(state).toMatchObject({ version: 1, attempt: 0, artifacts: [], metadata: { from: ['a', { b: null }] } });
        expect(state.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      });

      it('keeps every character of what was asked', async () => {
        const input = 'echo "ü 🦀 \u2028 \\n \r\n\t <&>"';
        const { id } = await submit(input, { description: 'ünïcode 🦀' });
        expect(await runtime.getTaskState(id)).toMatchObject({ id, input, description: 'ünïcode 🦀' });
      });

      it('finds the same task for the same key and body, and refuses the key for another', async () => {
        const idempotencyKey = crypto.randomUUID();
        const answers = await Promise.all(upTo(5).map(() => submit('echo once', { idempotencyKey })));
        expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
        await expect(submit('echo twice', { idempotencyKey })).rejects.toEqual(code('idempotency_mismatch'));
      });

      it('makes two tasks of two requests without a key', async () => {
        expect((await submit('echo same')).id).not.toBe((await submit('echo same')).id);
      });

      it('says which field is wrong', async () => {
        await expect(submit('echo hi', { description: ' ' })).rejects.toEqual(code('invalid_request', 'description'));
        await expect(submit('echo \0', { description: 'd' })).rejects.toEqual(code('invalid_request', 'input'));
        await expect(submit('echo hi', { agentId: 'nobody' })).rejects.toEqual(code('invalid_request', 'agentId'));
        await expect(submit('echo hi', { priority: 10 })).rejects.toEqual(code('invalid_request', 'priority'));
        await expect(submit('echo hi', { sesionId: 'x' } as object)).rejects.toEqual(code('invalid_request', 'sesionId'));
      });
    });

    describe('streaming', () => {
      it('tells every event from the first to the final status, in order, once, and ends', async () => {
        const { id, updates } = await finished('echo hello');
        expect(versionsOf(updates)).toEqual(upTo(updates.length));
        expect(updates[0]).toMatchObject({ taskId: id, type: 'TaskSubmitted', status: 'pending' });
        expect(updates.at(-1)).toMatchObject({ type: 'TaskCompleted', status: 'completed' });
        expect(textOf(updates)).toBe('hello\n');
        expect(await runtime.getTaskState(id)).toMatchObject({ status: 'completed', version: updates.length, output: 'hello\n' });
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
          expect(versionsOf(await all(runtime.streamTaskUpdates(id, { after })))).toEqual(upTo(last, after + 1));
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
        for (let done = false; !done; ) {
          for await (const update of runtime.streamTaskUpdates(id, { after: seen.at(-1)?.version ?? 0 })) {
            seen.push(update);
            done = FINAL.includes(update.status);
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
        expect([first, ...rest]).toEqual(quick);
        expect(textOf(quick)).toBe(`${upTo(20_000).join('\n')}\n`);
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
        expect(await runtime.getTaskState(id)).toMatchObject({ status: 'failed', error: expect.stringContaining('3') as unknown });
      });
    });

    describe('steering', () => {
      it('cancels once, however often it is asked', async () => {
        const { id } = await running();
        expect(await runtime.cancelTask(id, 'enough')).toBe(true);
        expect(await runtime.cancelTask(id)).toBe(true);
        const cancellations = (await runtime.getTaskEvents(id)).filter(({ type }) => type === 'TaskCancelled');
        expect(cancellations.map(({ data }) => data)).toEqual([{ reason: 'enough' }]);
        expect(await runtime.getTaskState(id)).toMatchObject({ status: 'cancelled' });
      });

      it('does not cancel what has ended otherwise, or is not there', async () => {
        const { id } = await finished('echo done');
        expect(await runtime.cancelTask(id)).toBe(false);
        expect(await runtime.cancelTask(NOBODY)).toBe(false);
        expect(await runtime.getTaskState(id)).toMatchObject({ status: 'completed' });
      });

      it('pauses and resumes', async () => {
        const { id } = await running();
        expect(await runtime.pauseTask(id)).toMatchObject({ id, status: 'waiting', waiting: { kind: 'paused' } });
        expect(await runtime.pauseTask(id)).toMatchObject({ status: 'waiting' });
        const resumed = await runtime.resumeTask(id);
        expect(resumed.waiting).toBeUndefined();
        for await (const { type } of runtime.streamTaskUpdates(id, { after: resumed.version - 1 })) if (type === 'LeaseGranted') break;
        expect(await runtime.getTaskState(id)).toMatchObject({ attempt: 2 });
        await runtime.cancelTask(id);
      });

      it('runs what waits for an approval once it is approved, and never what is denied', async () => {
        const approved = await submit('echo approved', { requiresApproval: true });
        expect(approved).toMatchObject({ status: 'waiting', waiting: { kind: 'approval' } });
        await expect(runtime.resumeTask(approved.id)).rejects.toEqual(code('invalid_request', 'approved'));
        await runtime.resumeTask(approved.id, { approved: true });
        expect(textOf(await all(runtime.streamTaskUpdates(approved.id)))).toBe('approved\n');

        const denied = await submit('echo denied', { requiresApproval: true });
        await runtime.resumeTask(denied.id, { approved: false, reason: 'no' });
        const updates = await all(runtime.streamTaskUpdates(denied.id));
        expect(updates.at(-1)?.status).toBe('failed');
        expect(updates.map(({ type }) => type)).not.toContain('LeaseGranted');
      });

      it('refuses steps that the state table does not have', async () => {
        const { id } = await finished('echo done');
        await expect(runtime.pauseTask(id)).rejects.toEqual(code('illegal_transition'));
        await expect(runtime.resumeTask(id)).rejects.toEqual(code('illegal_transition'));
      });
    });

    describe('asking', () => {
      it.each([NOBODY, 'no-uuid', '../status', ''])('knows nothing of a task "%s"', async (id) => {
        expect(await runtime.getTaskState(id)).toBeNull();
        await expect(runtime.getTaskEvents(id)).rejects.toEqual(code('not_found'));
        await expect(runtime.pauseTask(id)).rejects.toEqual(code('not_found'));
        await expect(runtime.resumeTask(id)).rejects.toEqual(code('not_found'));
        await expect(all(runtime.streamTaskUpdates(id))).rejects.toEqual(code('not_found'));
      });

      it('lists what it was asked for, newest first, page by page', async () => {
        const sessionId = `s-${crypto.randomUUID()}`;
        const ids: string[] = [];
        for (const n of upTo(3)) ids.unshift((await submit(`echo ${n}`, { sessionId })).id);
        const page = () => runtime.listTasks({ sessionId, limit: 2 });
        await expect.poll(async () => (await runtime.listTasks({ sessionId })).tasks.length, { timeout: 10_000 }).toBe(3);
        const first = await page();
        const second = await runtime.listTasks({ sessionId, limit: 2, cursor: first.cursor });
        expect([...first.tasks, ...second.tasks].map(({ id }) => id)).toEqual(ids);
        expect(second.cursor).toBeUndefined();
        await expect(runtime.listTasks({ limit: 0 })).rejects.toEqual(code('invalid_request', 'limit'));
        await expect(runtime.listTasks({ colour: 'red' } as object)).rejects.toEqual(code('invalid_request', 'colour'));
      });

      it('names its agents and skills, and says how it is', async () => {
        expect((await runtime.listAgents()).map(({ id }) => id)).toContain('shell');
        expect(await runtime.listSkills()).toEqual(expect.any(Array));
        const status = await runtime.getStatus();
        expect(status).toMatchObject({ version: expect.any(String) as unknown, checks: expect.any(Array) as unknown });
        expect(status.healthy).toBe(status.checks.every(({ healthy }) => healthy));
        expect(status.totalTasks).toBeGreaterThanOrEqual(status.activeTasks);
      });
    });
  });
}
