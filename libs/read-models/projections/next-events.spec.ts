import { describe, expect, it } from 'vitest';
import { historyOf } from '#test/given';
import { byTask, nextEvents } from './next-events.js';

const facts = (...versions: readonly number[]) =>
  versions.flatMap((version) =>
    historyOf(['ProgressReported'], version).map((event) => ({ tenant: 't', taskId: 'x', event })),
  );

const next = (has: number, ...versions: readonly number[]) => {
  const { ready, gaps } = nextEvents(byTask(facts(...versions)), () => has);
  return {
    ready: (ready.get('x') ?? []).map(({ event }) => event.version),
    gaps: gaps.map(({ after, before }) => [after, before]),
  };
};

describe('what may be folded next', () => {
  it.each([
    ['what comes next', 3, [4, 5], { ready: [4, 5], gaps: [] }],
    ['nothing of what is there', 3, [1, 2, 3], { ready: [], gaps: [] }],
    ['the rest of what is partly there', 3, [2, 3, 4], { ready: [4], gaps: [] }],
    ['each once, by version', 3, [5, 4, 5, 4], { ready: [4, 5], gaps: [] }],
    ['not past a gap before the first', 3, [6], { ready: [6], gaps: [[3, 6]] }],
    [
      'not past gaps in the middle',
      0,
      [1, 3, 6],
      {
        ready: [1, 3, 6],
        gaps: [
          [1, 3],
          [3, 6],
        ],
      },
    ],
  ])('is %s', (_what, has, versions, result) => {
    expect(next(has, ...versions)).toEqual(result);
  });
});
