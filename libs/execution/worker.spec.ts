import { describe, expect, it } from 'vitest';
import { beatSchema, reportSchema } from '#contract';
import type { Grant } from '#contract';
import { ScriptedControlPlane, until } from './scripted-control-plane.contract.js';
import { HeldExecutor, startWorker } from './worker-in-test.contract.js';

const running = { agentId: 'held' };

describe('a worker', () => {
  it('offers what it has in words the control plane understands', async () => {
    const { plane } = await startWorker({ slots: 3, labels: ['gpu'] });
    expect(beatSchema.parse(plane.beats[0])).toMatchObject({
      free: 3,
      labels: ['gpu'],
      agents: ['held', 'echo'],
      held: [],
    });
  });

  it('reports a task that does nothing once', async () => {
    const { plane } = await startWorker();
    const grant = plane.grant('hello', { agentId: 'echo' });
    await plane.end(grant);
    expect(plane.reports).toHaveLength(1);
    expect(reportSchema.parse(plane.reports[0]).facts).toEqual([
      { type: 'Started', data: {} },
      { type: 'Completed', data: { output: 'hello' } },
    ]);
  });

  it('says at once that a task has started, and names it in its next beat', async () => {
    const { plane } = await startWorker({ slots: 2 });
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).some(({ type }) => type === 'Started'));
    await until(() => plane.beats.at(-1)?.held.length === 1);
    expect(plane.beats.at(-1)).toMatchObject({ free: 1, held: [[grant.taskId, grant.epoch]] });
  });

  it('runs a grant once, however often it comes, also after its end', async () => {
    const { held, plane } = await startWorker();
    const grant = plane.grant('', running);
    plane.send({ type: 'grant', grant });
    await until(() => held.contexts.length > 0);
    held.complete();
    await plane.end(grant);
    await until(() => plane.beats.at(-1)?.free === 10);
    plane.send({ type: 'grant', grant });
    plane.send({ type: 'grant', grant: { ...grant, epoch: grant.epoch - 1 } });
    await plane.end(plane.grant('', { agentId: 'echo' }));
    expect(held.contexts).toHaveLength(1);
  });

  it('replaces an attempt by one with a newer epoch, when the old one is gone', async () => {
    const { held, plane } = await startWorker({ slots: 1 });
    const old = plane.grant('', running);
    await until(() => held.contexts.length === 1);
    const next = plane.grant('', { ...running, taskId: old.taskId, epoch: old.epoch + 3 });
    await until(() => held.contexts.length === 2);
    expect(held.contexts[0]?.signal.aborted).toBe(true);
    await until(() => plane.beats.at(-1)?.held[0]?.[1] === next.epoch);
    held.complete();
    held.complete();
    expect((await plane.end(next)).types).toEqual(['Started', 'Completed']);
    expect(plane.of(old).map(({ type }) => type)).toEqual(['Started']);
  });

  it('takes no more than it has slots for', async () => {
    const { held, plane } = await startWorker({ slots: 1 });
    plane.grant('', running);
    const second = plane.grant('', running);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    expect(held.contexts).toHaveLength(1);
    held.complete();
    await until(() => plane.beats.at(-1)?.free === 1);
    plane.send({ type: 'grant', grant: second });
    await until(() => held.contexts.length === 2);
  });

  it('says together what waits together, in reports of at most 64 facts', async () => {
    const { held, plane } = await startWorker();
    const grant = plane.grant('', running);
    await until(() => held.contexts.length === 1 && plane.of(grant).length === 1);
    for (let i = 0; i < 100; i++) void held.contexts[0]?.emit({ type: 'Progress', data: { progress: i } });
    held.complete();
    await plane.end(grant);
    expect(plane.reports.map(({ facts }) => facts.length)).toEqual([1, 64, 37]);
  });

  it('beats at once when asked to, and when the way to the control plane is back', async () => {
    const { plane } = await startWorker();
    plane.send({ type: 'beat' });
    await until(() => plane.beats.length === 2);
    plane.reconnect();
    await until(() => plane.beats.length === 3);
    expect(new Set(plane.beats.map(({ boot }) => boot)).size).toBe(1);
  });

  it('renews a lease for as long as its beats are answered', async () => {
    const plane = new ScriptedControlPlane();
    plane.leaseMs = 250;
    const { held } = await startWorker({}, plane);
    const grant = plane.grant('', running);
    await until(() => plane.beats.filter(({ held: names }) => names.length > 0).length > 15); // three leases and more
    held.complete();
    expect((await plane.end(grant)).last.type).toBe('Completed');
  });

  it('drains when stopped: takes no more, hands back what comes too late, ends what runs', async () => {
    const { held, plane, worker } = await startWorker();
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).length === 1);
    const stopped = worker.stop();
    await until(() => plane.beats.at(-1)?.draining);
    const late = plane.grant('', running);
    await until(() => plane.of(late).length === 1);
    expect(plane.of(late)).toEqual([{ type: 'Released', data: { reason: 'this worker stops' } }]);
    expect(plane.beats.at(-1)?.free).toBe(0);
    held.complete();
    await stopped;
    expect(plane.of(grant).at(-1)?.type).toBe('Completed');
    expect(held.contexts).toHaveLength(1);
  });

  it('kills what does not end in time when stopped, and hands it back when it is gone', async () => {
    const dying = new HeldExecutor();
    const died = new Promise<void>((resolve) => {
      dying.run = (_grant, { signal }) =>
        new Promise((ended) => {
          signal.addEventListener('abort', () => {
            resolve();
            void plane.heard().then(() => ended({ type: 'Completed', data: { output: 'on SIGTERM' } }));
          });
        });
    });
    const { plane, worker } = await startWorker({ executors: new Map([['held', dying]]) });
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).length === 1);
    const stopped = worker.stop({ drainMs: 20 });
    await died;
    expect(plane.of(grant)).toHaveLength(1);
    await stopped;
    expect(plane.of(grant).at(-1)).toEqual({ type: 'Released', data: { reason: 'this worker stops' } });
  });

  it('fails a task of an agent it does not have, and one whose executor breaks', async () => {
    const broken = new HeldExecutor();
    broken.run = () => Promise.reject(new Error('oh'));
    const { plane } = await startWorker({ executors: new Map([['held', broken]]) });
    expect((await plane.end(plane.grant('', { agentId: 'nobody' }))).last.data).toEqual({
      error: 'this worker has no agent "nobody"',
    });
    expect((await plane.end(plane.grant('', running))).last.data).toEqual({ error: 'oh' });
  });

  it('runs thousands of small tasks with a report each and few beats', async () => {
    const { plane } = await startWorker({ slots: 100 });
    const grants: Grant[] = [];
    while (grants.length < 3_000) {
      const free = plane.beats.at(-1)?.free ?? 0;
      const seen = plane.beats.length;
      for (let i = 0; i < free; i++) grants.push(plane.grant('x', { agentId: 'echo' }));
      await until(() => plane.beats.length > seen && plane.beats.at(-1)?.free === 100);
    }
    expect(grants.filter((grant) => plane.of(grant).length === 2)).toHaveLength(grants.length);
    expect(plane.reports).toHaveLength(grants.length);
    expect(plane.beats.length).toBeLessThan(grants.length / 3);
  });
});
