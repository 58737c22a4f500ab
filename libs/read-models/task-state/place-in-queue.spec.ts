import { describe, expect, it } from 'vitest';
import { waitingFor } from './place-in-queue.js';

const NOW = '2026-01-01T00:00:00.000Z';
const worker = (labels: readonly string[], connected = true, agents = ['shell']) => ({
  agents,
  labels,
  connected,
});
const asked = { agentId: 'shell' };

describe('what a ready task waits for', () => {
  it('is nothing but its turn where a worker carries its labels', () => {
    expect(waitingFor(asked, [worker([])], NOW)).toBeUndefined();
    expect(
      waitingFor({ ...asked, requires: ['gpu'] }, [worker([]), worker(['linux', 'gpu'])], NOW),
    ).toBeUndefined();
    expect(waitingFor({ ...asked, retryAt: '2025-12-31T00:00:00.000Z' }, [worker([])], NOW)).toBeUndefined();
  });

  it('is its next attempt, while that may not begin yet', () => {
    const retryAt = '2026-01-01T00:00:01.000Z';
    expect(waitingFor({ ...asked, retryAt }, [worker([])], NOW)).toBe(
      `its next attempt, not before ${retryAt}`,
    );
  });

  it('is a worker where none is connected, or none that carries all of its labels', () => {
    expect(waitingFor(asked, [worker([], false)], NOW)).toBe('a worker: none is connected');
    expect(
      waitingFor({ ...asked, requires: ['gpu', 'linux'] }, [worker(['gpu']), worker(['linux'])], NOW),
    ).toBe('a worker that carries gpu, linux: none that is connected does');
  });

  it('is a worker that runs its agent: one without a model provider does not run those that take one', () => {
    const reviewer = (labels: readonly string[]) => worker(labels, true, ['shell', 'code-reviewer']);
    const review = { agentId: 'code-reviewer' };
    const why = 'a worker that runs code-reviewer: none that is connected does';
    expect(waitingFor(review, [worker([]), worker(['gpu'])], NOW)).toBe(why);
    expect(waitingFor(review, [worker([]), reviewer([])], NOW)).toBeUndefined();
    expect(waitingFor({ ...review, requires: ['gpu'] }, [worker(['gpu']), reviewer([])], NOW)).toBe(
      'a worker that carries gpu: none that is connected and runs code-reviewer does',
    );
  });
});
