import { describe, expect, it, onTestFinished } from 'vitest';
import { Clock, beatSchema, reportSchema } from '#contract';
import type { Grant } from '#contract';
import { MeshError } from '#errors';
import { EchoExecutor } from './echo.js';
import { Executor } from './executor.js';
import type { ExecutionContext, Outcome } from './executor.js';
import { ScriptedControlPlane, aGrant, until } from './scripted-control-plane.contract.js';
import { Worker } from './worker.js';
import type { WorkerOptions } from './worker.js';

/** Runs until told to end, or stopped; counts its runs. */
class HeldExecutor extends Executor {
  readonly contexts: ExecutionContext[] = [];
  private readonly endings: ((outcome: Outcome) => void)[] = [];

  override run(_grant: Grant, context: ExecutionContext): Promise<Outcome> {
    this.contexts.push(context);
    return new Promise((resolve) => {
      this.endings.push(resolve);
      context.signal.addEventListener('abort', () => resolve({ type: 'Failed', data: { error: 'stopped' } }));
    });
  }

  complete(): void {
    this.endings.shift()?.({ type: 'Completed', data: { output: 'done' } });
  }
}

class HandClock extends Clock {
  private ms = 1_000;

  override now(): Date {
    return new Date(this.ms);
  }

  override monotonicMs(): number {
    return this.ms;
  }

  pass(ms: number): void {
    this.ms += ms;
  }
}

async function start(options: Partial<WorkerOptions> = {}, plane = new ScriptedControlPlane()) {
  const held = new HeldExecutor();
  const executors = new Map<string, Executor>([
    ['held', held],
    ['echo', new EchoExecutor()],
  ]);
  const worker = new Worker({ controlPlane: plane, workerId: 'w', executors, workspace: '/', ...options });
  onTestFinished(() => worker.stop({ drainMs: 0 }));
  await worker.start();
  await plane.heard();
  return { held, plane, worker };
}

const unavailable = () => new MeshError('unavailable', 'away');
const running = { agentId: 'held' };

describe('a worker', () => {
  it('offers what it has in words the control plane understands', async () => {
    const { plane } = await start({ slots: 3, labels: ['gpu'] });
    expect(beatSchema.parse(plane.beats[0])).toMatchObject({ free: 3, labels: ['gpu'], agents: ['held', 'echo'], held: [] });
  });

  it('reports a task that does nothing once', async () => {
    const { plane } = await start();
    const grant = plane.grant('hello', { agentId: 'echo' });
    await plane.end(grant);
    expect(plane.reports).toHaveLength(1);
    expect(reportSchema.parse(plane.reports[0]).facts).toEqual([
      { type: 'Started', data: {} },
      { type: 'Completed', data: { output: 'hello' } },
    ]);
  });

  it('says at once that a task has started, and names it in its next beat', async () => {
    const { plane } = await start({ slots: 2 });
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).some(({ type }) => type === 'Started'));
    await until(() => plane.beats.at(-1)?.held.length === 1);
    expect(plane.beats.at(-1)).toMatchObject({ free: 1, held: [[grant.taskId, grant.epoch]] });
  });

  it('runs a grant once, however often it comes, also after its end', async () => {
    const { held, plane } = await start();
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
    const { held, plane } = await start({ slots: 1 });
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
    const { held, plane } = await start({ slots: 1 });
    plane.grant('', running);
    const second = plane.grant('', running);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    expect(held.contexts).toHaveLength(1);
    held.complete();
    await until(() => plane.beats.at(-1)?.free === 1);
    plane.send({ type: 'grant', grant: second });
    await until(() => held.contexts.length === 2);
  });

  it('repeats a report with the same seq until it is answered, and never has two under way', async () => {
    const { held, plane } = await start();
    const lost = new Set<string>();
    let underWay = 0;
    plane.answerReport = async (report) => {
      underWay += 1;
      expect(underWay).toBe(1);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      underWay -= 1;
      const key = `${report.seq}`;
      if (lost.has(`${key}b`)) return plane.accept(report);
      lost.add(lost.has(key) ? `${key}b` : key);
      if (lost.has(`${key}b`)) plane.accept(report); // committed, and the answer lost
      return unavailable();
    };
    const grant = plane.grant('', running);
    await until(() => held.contexts.length === 1);
    for (const text of ['a', 'b', 'c']) await held.contexts[0]?.emit({ type: 'Output', data: { channel: 'text', text } });
    held.complete();
    expect(await plane.end(grant)).toMatchObject({ output: 'abc', types: ['Started', 'Output', 'Output', 'Output', 'Completed'] });
    await until(() => plane.reports.length === 15); // the last acceptance was not heard at first
    expect(plane.reports.map(({ seq }) => seq)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]);
  });

  it('says together what waits together, in reports of at most 64 facts', async () => {
    const { held, plane } = await start();
    const grant = plane.grant('', running);
    await until(() => held.contexts.length === 1 && plane.of(grant).length === 1);
    for (let i = 0; i < 100; i++) void held.contexts[0]?.emit({ type: 'Progress', data: { progress: i } });
    held.complete();
    await plane.end(grant);
    expect(plane.reports.map(({ facts }) => facts.length)).toEqual([1, 64, 37]);
  });

  it.each<[string, (plane: ScriptedControlPlane, grant: Grant) => void]>([
    ['a stop is pushed', (plane, { taskId, epoch }) => plane.send({ type: 'stop', taskId, epoch, reason: 'cancelled' })],
    ['a beat says so', (plane, { taskId }) => {
      plane.fenced = [taskId];
      plane.send({ type: 'beat' });
    }],
  ])('stops a task at once when %s, and says no more of it', async (_how, fence) => {
    const { held, plane } = await start();
    const grant = plane.grant('', running);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    fence(plane, grant);
    await until(() => held.contexts[0]?.signal.aborted);
    await until(() => plane.beats.at(-1)?.free === 10);
    expect(plane.of(grant).map(({ type }) => type)).toEqual(['Started']);
    await expect(held.contexts[0]?.emit({ type: 'Progress', data: { progress: 1 } })).rejects.toThrow('over');
  });

  it.each([[{ result: 'fenced' } as const], [new MeshError('fenced', 'no')], [new MeshError('not_found', 'no')]])(
    'stops a task whose report is answered with %s',
    async (answer) => {
      const { held, plane } = await start();
      plane.answerReport = () => answer;
      plane.grant('', running);
      await until(() => held.contexts[0]?.signal.aborted);
      await until(() => plane.beats.at(-1)?.free === 10);
      expect(plane.reports).toHaveLength(1);
    },
  );

  it('fails a task whose report is not understood, rather than repeat it for ever', async () => {
    const { held, plane } = await start();
    plane.answerReport = (report) =>
      report.facts.some(({ type }) => type === 'Plan') ? new MeshError('invalid_request', 'what?') : plane.accept(report);
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).length === 1);
    void held.contexts[0]?.emit({ type: 'Plan', data: { steps: [] } });
    const { last } = await plane.end(grant);
    expect(last.data).toEqual({ error: 'the control plane refused what the task reported: what?' });
    await until(() => held.contexts[0]?.signal.aborted);
  });

  it('fences itself when its lease ends by the time its last answered beat was sent', async () => {
    const clock = new HandClock();
    const plane = new ScriptedControlPlane();
    plane.leaseMs = 200;
    const { held } = await start({ clock }, plane);
    let answer: (() => void) | undefined;
    const grant = plane.grant('', running);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    plane.answerBeat = () => {
      if (answer) return unavailable();
      return new Promise((resolve) => {
        answer = () => resolve({ ok: true, leaseMs: 200, fenced: [] });
      });
    };
    clock.pass(100);
    await until(() => answer); // a beat sent at 100, answered at 190: the lease ends at 300
    clock.pass(90);
    answer?.();
    clock.pass(100);
    const beats = plane.beats.length;
    await until(() => plane.beats.length > beats + 1); // it looked at the time meanwhile
    expect(held.contexts[0]?.signal.aborted).toBe(false);
    clock.pass(15);
    await until(() => held.contexts[0]?.signal.aborted);
    expect(plane.of(grant).map(({ type }) => type)).toEqual(['Started']);
  });

  it('ignores a grant that lay here longer than a lease', async () => {
    const clock = new HandClock();
    const { held, plane } = await start({ clock });
    plane.answerBeat = unavailable;
    await until(() => plane.beats.length > 0);
    clock.pass(46_000);
    plane.grant('', running);
    await until(() => plane.beats.length > 1);
    expect(held.contexts).toHaveLength(0);
  });

  it('beats at once when asked to, and when the way to the control plane is back', async () => {
    const { plane } = await start();
    plane.send({ type: 'beat' });
    await until(() => plane.beats.length === 2);
    plane.reconnect();
    await until(() => plane.beats.length === 3);
    expect(new Set(plane.beats.map(({ boot }) => boot)).size).toBe(1);
  });

  it('goes on beating after beats that were lost', async () => {
    const plane = new ScriptedControlPlane();
    const answer = plane.answerBeat;
    plane.answerBeat = (beat) => (plane.beats.length < 4 ? unavailable() : answer(beat));
    await start({}, plane);
    await until(() => plane.beats.length >= 4);
    await plane.end(plane.grant('', { agentId: 'echo' }));
    expect(plane.beats.length).toBeGreaterThanOrEqual(4);
  });

  it('renews a lease for as long as its beats are answered', async () => {
    const plane = new ScriptedControlPlane();
    plane.leaseMs = 250;
    const { held } = await start({}, plane);
    const grant = plane.grant('', running);
    await until(() => plane.beats.filter(({ held: names }) => names.length > 0).length > 15); // three leases and more
    held.complete();
    expect((await plane.end(grant)).last.type).toBe('Completed');
  });

  it('drains when stopped: takes no more, ends what runs', async () => {
    const { held, plane, worker } = await start();
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).length === 1);
    const stopped = worker.stop();
    await until(() => plane.beats.at(-1)?.draining);
    plane.send({ type: 'grant', grant: aGrant('', running) });
    expect(plane.beats.at(-1)?.free).toBe(0);
    held.complete();
    await stopped;
    expect(plane.of(grant).at(-1)?.type).toBe('Completed');
    expect(held.contexts).toHaveLength(1);
  });

  it('kills what does not end in time when stopped, and says nothing of it', async () => {
    const { held, plane, worker } = await start();
    const grant = plane.grant('', running);
    await until(() => plane.of(grant).length === 1);
    await worker.stop({ drainMs: 20 });
    expect(held.contexts[0]?.signal.aborted).toBe(true);
    expect(plane.of(grant)).toHaveLength(1);
  });

  it('fails a task of an agent it does not have, and one whose executor breaks', async () => {
    const broken = new HeldExecutor();
    broken.run = () => Promise.reject(new Error('oh'));
    const { plane } = await start({ executors: new Map([['held', broken]]) });
    expect((await plane.end(plane.grant('', { agentId: 'nobody' }))).last.data).toEqual({ error: 'this worker has no agent "nobody"' });
    expect((await plane.end(plane.grant('', running))).last.data).toEqual({ error: 'oh' });
  });

  it('runs thousands of small tasks with a report each and few beats', async () => {
    const { plane } = await start({ slots: 100 });
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
