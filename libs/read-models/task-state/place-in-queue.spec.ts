import { describe, expect, it } from 'vitest';
import { waitingFor } from './place-in-queue.js';

const NOW = '2026-01-01T00:00:00.000Z';
const worker = (labels: readonly string[], connected = true) => ({ labels, connected });

describe('what a ready task waits for', () => {
  it('is nothing but its turn where a worker carries its labels', () => {
    expect(waitingFor({}, [worker([])], NOW)).toBeUndefined();
    expect(waitingFor({ requires: ['gpu'] }, [worker([]), worker(['linux', 'gpu'])], NOW)).toBeUndefined();
    expect(waitingFor({ retryAt: '2025-12-31T00:00:00.000Z' }, [worker([])], NOW)).toBeUndefined();
  });

  it('is its next attempt, while that may not begin yet', () => {
    const retryAt = '2026-01-01T00:00:01.000Z';
    expect(waitingFor({ retryAt }, [worker([])], NOW)).toBe(`its next attempt, not before ${retryAt}`);
  });

  it('is a worker where none is connected, or none that carries all of its labels', () => {
    expect(waitingFor({}, [worker([], false)], NOW)).toBe('a worker: none is connected');
    expect(waitingFor({ requires: ['gpu', 'linux'] }, [worker(['gpu']), worker(['linux'])], NOW)).toBe(
      'a worker that carries gpu, linux: none that is connected does',
    );
  });
});
