import { describe, expect, it } from 'vitest';
import type { Grant } from '#contract';
import { MeshError } from '#errors';
import { ScriptedControlPlane, until } from './scripted-control-plane.contract.js';
import { HandClock, startWorker } from './worker-in-test.contract.js';

const unavailable = () => new MeshError('unavailable', 'away');
const running = { agentId: 'held' };

describe('a worker whose control plane is not always there, or does not want it any more', () => {
  it('repeats a report with the same seq until it is answered, and never has two under way', async () => {
    const { held, plane } = await startWorker();
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
    await until(() => plane.of(grant).length === 1);
    for (const text of ['a', 'b', 'c'])
      await held.contexts[0]?.emit({ type: 'Output', data: { channel: 'text', text } });
    held.complete();
    expect(await plane.end(grant)).toMatchObject({
      output: 'abc',
      types: ['Started', 'Output', 'Output', 'Output', 'Completed'],
    });
    await until(() => plane.reports.length === 15); // the last acceptance was not heard at first
    expect(plane.reports.map(({ seq }) => seq)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]);
  });

  it.each<[string, (plane: ScriptedControlPlane, grant: Grant) => void]>([
    [
      'a stop is pushed',
      (plane, { taskId, epoch }) => plane.send({ type: 'stop', taskId, epoch, reason: 'cancelled' }),
    ],
    [
      'a beat says so',
      (plane, { taskId }) => {
        plane.fenced = [taskId];
        plane.send({ type: 'beat' });
      },
    ],
  ])('stops a task at once when %s, and says no more of it', async (_how, fence) => {
    const { held, plane } = await startWorker();
    const grant = plane.grant('', running);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    fence(plane, grant);
    await until(() => held.contexts[0]?.signal.aborted);
    await until(() => plane.beats.at(-1)?.free === 10);
    expect(plane.of(grant).map(({ type }) => type)).toEqual(['Started']);
    await expect(held.contexts[0]?.emit({ type: 'Progress', data: { progress: 1 } })).rejects.toThrow('over');
  });

  it.each([
    [{ result: 'fenced' } as const],
    [new MeshError('fenced', 'no')],
    [new MeshError('not_found', 'no')],
  ])('stops a task whose report is answered with %s', async (answer) => {
    const { held, plane } = await startWorker();
    plane.answerReport = () => answer;
    plane.grant('', running);
    await until(() => held.contexts[0]?.signal.aborted);
    await until(() => plane.beats.at(-1)?.free === 10);
    expect(plane.reports).toHaveLength(1);
  });

  it('fails a task whose report is not understood, rather than repeat it for ever', async () => {
    const { held, plane } = await startWorker();
    plane.answerReport = (report) =>
      report.facts.some(({ type }) => type === 'Plan')
        ? new MeshError('invalid_request', 'what?')
        : plane.accept(report);
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
    const { held } = await startWorker({ clock }, plane);
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
    const { held, plane } = await startWorker({ clock });
    plane.answerBeat = unavailable;
    await until(() => plane.beats.length > 0);
    clock.pass(46_000);
    plane.grant('', running);
    await until(() => plane.beats.length > 1);
    expect(held.contexts).toHaveLength(0);
  });

  it('goes on beating after beats that were lost', async () => {
    const plane = new ScriptedControlPlane();
    const answer = plane.answerBeat;
    plane.answerBeat = (beat) => (plane.beats.length < 4 ? unavailable() : answer(beat));
    await startWorker({}, plane);
    await until(() => plane.beats.length >= 4);
    await plane.end(plane.grant('', { agentId: 'echo' }));
    expect(plane.beats.length).toBeGreaterThanOrEqual(4);
  });
});
