import { describe, expect, it } from 'vitest';
import type { Recorded } from '#task';
import { historyOf } from '#test/given';
import type { Short } from '#test/given';
import { running } from '#test/orders';
import { recordPageOf } from './record-page.js';

const step = (key: string, result = 'r'): Short => ({
  type: 'StepRecorded',
  data: { key, kind: 'model', result },
});
const output = (text: string, channel: 'text' | 'stdout' = 'text'): Short => ({
  type: 'OutputAppended',
  data: { channel, text },
});
const ask: Short = { type: 'InputRequested', data: { prompt: '?', key: 'q' } };
const answer: Short = { type: 'TaskResumed', data: { input: 'yes' } };
const entries = (history: readonly Recorded[], limit = 100) => recordPageOf(history, limit);

describe('the record of a task', () => {
  it('says what was approved, under the key of who asked', () => {
    const wish: Short = { type: 'ApprovalRequested', data: { prompt: 'more?', key: 'budget:1' } };
    const yes: Short = { type: 'TaskResumed', data: { approved: true } };
    const version = running.length + 2;
    expect(entries(historyOf([...running, wish, yes]))).toEqual({
      entries: [{ type: 'answer', version, key: 'budget:1', input: '' }],
    });
    expect(entries(historyOf([...running, wish]), running.length + 1).next).toBe(running.length);
  });

  it('is its steps, and its answers under the key of who asked', () => {
    expect(entries(historyOf([...running, step('a'), ask, answer]))).toEqual({
      entries: [
        { type: 'step', version: 5, key: 'a', kind: 'model', result: 'r' },
        { type: 'answer', version: 7, key: 'q', input: 'yes' },
      ],
    });
  });

  it('is the text of a step that did not finish, and of no other', () => {
    const history = historyOf([...running, output('one'), step('a'), output('tw'), output('log', 'stdout')]);
    expect(entries(history).entries.slice(1)).toEqual([{ type: 'output', version: 7, text: 'tw' }]);
  });

  it('goes on in another page where events were left, and does not part an answer from its question', () => {
    const history = historyOf([...running, step('a'), ask, answer]);
    expect(entries(history.slice(0, 5), 5).next).toBe(5);
    expect(entries(history.slice(0, 6), 6).next).toBe(5);
    expect(entries(history.slice(5), 6)).toEqual({
      entries: [{ type: 'answer', version: 7, key: 'q', input: 'yes' }],
    });
  });

  it('is cut into pages that a message can carry, of one step at least', () => {
    const big = 'x'.repeat(400 * 1024);
    const { entries: found, next } = entries(historyOf([...running, step('a', big), step('b', big)]));
    expect([found.length, next]).toEqual([1, 5]);
  });
});
