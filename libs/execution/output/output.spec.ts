import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from '#contract';
import type { WorkerFact } from '#task';
import { OutputCoalescer } from './coalescer.js';
import { OutputDecoder } from './decoder.js';
import { RateLimit } from './rate-limit.js';
import { Tail } from './tail.js';

type Output = Extract<WorkerFact, { type: 'Output' }>;
type Emit = (fact: Output) => Promise<void>;
type Written = readonly ['stdout' | 'stderr', string];

const written = fc.tuple(
  fc.constantFrom('stdout' as const, 'stderr' as const),
  fc.string({ maxLength: 20_000, unit: 'grapheme' }),
);

/** Neighbours of one channel joined: what must be the same before and after. */
function joined(pieces: readonly Written[]): Written[] {
  const result: [Written[0], string][] = [];
  for (const [channel, text] of pieces) {
    const last = result.at(-1);
    if (last?.[0] === channel) last[1] += text;
    else if (text !== '') result.push([channel, text]);
  }
  return result;
}

describe('coalescing output', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('keeps all of it, in order, whatever commits how slowly', async () => {
    const step = fc.oneof(
      fc.record({ write: written }),
      fc.record({ passMs: fc.integer({ min: 1, max: 300 }) }),
      fc.constant({ commit: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const facts: Output[] = [];
        const commits: (() => void)[] = [];
        const coalescer = new OutputCoalescer((fact) => {
          facts.push(fact);
          return new Promise((resolve) => commits.push(resolve));
        });
        const commitAll = () => commits.splice(0).forEach((commit) => commit());
        for (const next of steps) {
          if ('write' in next) void coalescer.add(...next.write);
          if ('passMs' in next) await vi.advanceTimersByTimeAsync(next.passMs);
          if ('commit' in next) commitAll();
        }
        coalescer.end();
        const pieces = facts.map(({ data }) => [data.channel as Written[0], data.text] as const);
        expect(joined(pieces)).toEqual(
          joined(steps.flatMap((next) => ('write' in next ? [next.write] : []))),
        );
        expect(facts.every(({ data }) => data.text !== '' && data.text.length <= 64 * 1024)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('flushes after 100 ms, or at 8 KiB', async () => {
    const emit = vi.fn<Emit>(() => Promise.resolve());
    const coalescer = new OutputCoalescer(emit);
    await coalescer.add('stdout', 'a');
    await vi.advanceTimersByTimeAsync(99);
    await coalescer.add('stdout', 'b');
    expect(emit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(emit.mock.lastCall?.[0].data.text).toBe('ab');
    await coalescer.add('stdout', 'x'.repeat(8 * 1024));
    expect(emit).toHaveBeenCalledTimes(2);
  });

  it('waits for the last flush to be committed, and makes writers wait when 64 KiB are waiting', async () => {
    const commits: (() => void)[] = [];
    const emit = vi.fn<Emit>(() => new Promise<void>((resolve) => commits.push(resolve)));
    const coalescer = new OutputCoalescer(emit);
    await coalescer.add('stdout', 'x'.repeat(8 * 1024));
    await coalescer.add('stderr', 'y'.repeat(60 * 1024));
    const room = vi.fn<() => void>();
    const added = coalescer.add('stderr', 'y'.repeat(10 * 1024)).then(room);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(emit).toHaveBeenCalledTimes(1);
    expect(room).not.toHaveBeenCalled();
    commits[0]?.();
    await added;
    expect(emit).toHaveBeenCalledTimes(3);
  });

  it('keeps nothing once the attempt is over, and makes nobody wait', async () => {
    const emit = vi.fn<Emit>(() => Promise.reject(new Error('fenced')));
    const coalescer = new OutputCoalescer(emit);
    for (let i = 0; i < 20; i++) await coalescer.add('stdout', 'x'.repeat(16 * 1024));
    coalescer.end();
    expect(emit.mock.calls.length).toBeLessThanOrEqual(10);
  });
});

describe('decoding output', () => {
  it('gives the same text however it is cut, and only text that Postgres takes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, cuts) => {
        const borders = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ];
        const decoder = new OutputDecoder();
        const pieces = borders.slice(1).map((end, i) => decoder.decode(bytes.subarray(borders[i], end)));
        const text = pieces.join('') + decoder.end();
        expect(text).toBe(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replaceAll('\0', '\uFFFD'),
        );
        expect(pieces.every((piece) => piece.isWellFormed() && !piece.includes('\0'))).toBe(true);
      }),
    );
  });
});

describe('the tail of a text', () => {
  it('is its end, cut between characters, within its bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 30 })),
        fc.integer({ min: 4, max: 50 }),
        (texts, maxBytes) => {
          const tail = new Tail(maxBytes);
          for (const text of texts) tail.push(text);
          const whole = texts.join('');
          expect(whole.endsWith(tail.text())).toBe(true);
          expect(tail.text().isWellFormed()).toBe(true);
          const bytes = Buffer.byteLength(tail.text());
          expect(bytes).toBeLessThanOrEqual(maxBytes);
          expect(bytes).toBeGreaterThanOrEqual(Math.min(Buffer.byteLength(whole), maxBytes - 3));
        },
      ),
    );
  });
});

describe('the rate limit', () => {
  class HandClock extends Clock {
    ms = 0;
    override now = () => new Date(this.ms);
    override monotonicMs = () => this.ms;
  }

  it('lets a burst pass, then what was earned, and lets debts be paid', () => {
    const clock = new HandClock();
    const limit = new RateLimit(clock, { bytesPerSecond: 100, burstBytes: 1_000 });
    expect(limit.take(1_000)).toBe(0);
    expect(limit.take(50)).toBe(500);
    clock.ms += 500;
    expect(limit.take(100)).toBe(1_000);
    clock.ms += 60_000;
    expect(limit.take(1_000)).toBe(0);
    expect(limit.take(1)).toBe(10);
  });
});
