import { describe, expect, it } from 'vitest';
import { decide, evolve, fold } from '#task';
import type { Usage } from '#task';
import { SUBMISSION, given, historyOf, timeOf } from '#test/given';
import type { Short } from '#test/given';
import { running } from '#test/orders';

const aTask = given({ decide, evolve });
const at = (history: readonly Short[]) => fold(historyOf(history))?.deadlineAt ?? '';
const timeOut = (now: string) => ({ type: 'TimeOut', data: { now } }) as const;
const step = (usage: Usage): Short => ({
  type: 'StepRecorded',
  data: { key: 'k', kind: 'model', result: null, usage },
});
const ask = (key: string): Short => ({ type: 'ApprovalRequested', data: { prompt: '?', key } });
const answer = (question: string) => ({ type: 'ResumeTask', data: { approved: true, question } }) as const;
const answered = (now: string) => ({ type: 'ResumeTask', data: { approved: true, now } }) as const;
const say = (approved: boolean): Short => ({ type: 'TaskResumed', data: { approved } });

describe('time', () => {
  const timed: Short = { type: 'TaskSubmitted', data: { ...SUBMISSION, timeoutMs: 5000 } };
  const begun: readonly Short[] = [timed, 'LeaseGranted', 'PlanningStarted', 'TaskStarted'];

  it('runs from the first lease, over all attempts, and not while somebody is asked', () => {
    const deadline = at(begun);
    expect(Date.parse(deadline) - Date.parse(timeOf(2))).toBe(5000);
    const lost: Short = { type: 'AttemptLost', data: { epoch: 2, reason: 'r' } };
    expect(at([...begun, lost, 'LeaseGranted'])).toBe(deadline);
    expect(at([...begun, 'InputRequested'])).toBe('');
    const resumed: readonly Short[] = [...begun, 'InputRequested', 'TaskResumed', 'LeaseGranted'];
    expect(Date.parse(at(resumed)) - Date.parse(timeOf(7))).toBe(5000);
  });
  it('fails the task when it is over, not before', () => {
    aTask(...begun)
      .when(timeOut(at(begun)))
      .records({ type: 'TaskFailed', data: { error: 'timed out after 5000 ms' } });
    aTask(...begun)
      .when(timeOut(timeOf(1)))
      .recordsNothing();
  });
  it('is over for a question that was not answered', () => {
    const asked: Short = { type: 'ApprovalRequested', data: { prompt: 'Run it?', ttlMs: 1000 } };
    const waiting: readonly Short[] = [...running, asked];
    const due = fold(historyOf(waiting))?.waiting?.expiresAt ?? '';
    expect(Date.parse(due) - Date.parse(timeOf(waiting.length))).toBe(1000);
    aTask(...waiting)
      .when(timeOut(due))
      .records({ type: 'TaskFailed', data: { error: 'not answered in time: Run it?' } });
    aTask(...waiting)
      .when(timeOut(timeOf(1)))
      .recordsNothing();
  });
  it('is over for an answer that comes too late, also where nobody has said so yet', () => {
    const asked: Short = { type: 'ApprovalRequested', data: { prompt: 'Run it?', ttlMs: 1000 } };
    const waiting: readonly Short[] = [...running, asked];
    const due = fold(historyOf(waiting))?.waiting?.expiresAt ?? '';
    const late = new Date(Date.parse(due) + 1).toISOString();
    aTask(...waiting)
      .when(answered(due))
      .records({ type: 'TaskResumed', data: { approved: true } });
    aTask(...waiting)
      .when(answered(late))
      .refuses('illegal_transition');
  });
});

describe('what is kept of the way', () => {
  it('is the sum of what models used, and how many steps there were', () => {
    const used = { inputTokens: 10, outputTokens: 5, costUsd: 0.25 };
    expect(fold(historyOf([...running, step(used), step(used)]))).toMatchObject({
      steps: 2,
      usage: { inputTokens: 20, outputTokens: 10, costUsd: 0.5 },
    });
  });
  it('is what was approved, by its key, and nothing that was denied or only answered', () => {
    const task = fold(historyOf([...running, ask('a'), say(true), ask('b'), say(true)]));
    expect(task?.approved).toEqual(['a', 'b']);
    expect(fold(historyOf([...running, 'InputRequested', 'TaskResumed']))?.approved).toBeUndefined();
  });
  it('is an approval under its skill, so that it says nothing of another; no answer to a question is one', () => {
    const used: Short = { type: 'ApprovalRequested', data: { prompt: '?', key: 'k', skillId: 'lint' } };
    expect(fold(historyOf([...running, used, say(true)]))?.approved).toEqual(['lint#k']);
    const question: Short = { type: 'InputRequested', data: { prompt: '?', key: 'k' } };
    expect(fold(historyOf([...running, question, say(true)]))?.approved).toBeUndefined();
  });
  it('takes an answer only to what it asks', () => {
    aTask(...running, ask('b'))
      .when(answer('approval:a'))
      .refuses('illegal_transition');
    aTask(...running, ask('b'))
      .when(answer('approval:b'))
      .records({ type: 'TaskResumed', data: { approved: true } });
  });
});
