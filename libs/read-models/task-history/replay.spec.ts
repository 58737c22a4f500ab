import { describe, expect, it } from 'vitest';
import { historyOf, timeOf } from '#test/given';
import { IN } from '#test/orders';
import { replay } from './replay.js';

const history = historyOf(IN.completed);
const at = (until: Parameters<typeof replay>[3]) => replay('t', 'x', history, until);

describe('a replay', () => {
  it('ends with the task as it is', () => {
    expect(at({}).state).toMatchObject({
      status: 'completed',
      output: 'ok',
      input: 'npm test',
      version: history.length,
    });
    expect(at({}).events).toHaveLength(history.length);
  });

  it.each([
    [1, 'pending'],
    [3, 'planning'],
    [4, 'running'],
  ])('to version %i finds it %s', (version, status) => {
    const { state, events } = at({ version });
    expect(state).toMatchObject({ status, version });
    expect(events.map((event) => event.version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
  });

  it('to a time ends with the last event that had happened by then', () => {
    expect(at({ at: timeOf(3) }).state.version).toBe(3);
    expect(at({ at: new Date(Date.parse(timeOf(4)) - 1).toISOString() }).state.version).toBe(3);
    expect(at({ at: '2999-01-01' }).state.version).toBe(history.length);
  });

  it('before the task was submitted finds nothing', () => {
    expect(() => at({ at: '2000-01-01' })).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it.each([
    ['version', { version: 0 }],
    ['version', { version: 99 }],
    ['version', { version: 1.5 }],
    ['at', { at: 'yesterday' }],
  ])('refuses a %s that makes no sense', (field, until) => {
    expect(() => at(until)).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: expect.objectContaining({ field }) }),
    );
  });
});
