import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORIGIN, compareCursors, subjects, token, workerOf } from '#contract';
import type { Cursor } from '#contract';

describe('a subject', () => {
  it.each(['', '.', 'a.b', '*', 'a*', '>', 'a b', 'a\tb', 'a\nb', 'a\0b', '\u007f', '\u00a0', 'a\ud800'])(
    'is not built from %j',
    (id) => {
      expect(() => token(id)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      expect(() => subjects.lease(id)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      expect(() => subjects.event('t', id, 'x', 'TaskStarted')).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    },
  );

  it('has as many tokens as it was built from, whatever the ids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(tokensWith(id)).toBe(5);
      }),
    );
  });

  it('is spelled as contract.md says', () => {
    expect(subjects.event('acme', 's1', 't1', 'TaskStarted')).toBe('events.acme.s1.t1.TaskStarted');
    expect(subjects.beat('w1')).toBe('rpc.worker.v1.w1.beat');
    expect(workerOf(subjects.report('w1'))).toBe('w1');
  });
});

function tokensWith(id: string): number {
  try {
    return subjects.event('t', id, 'x', 'TaskStarted').split('.').length;
  } catch {
    return 5; // refused: nothing is split
  }
}

const at = (incarnation: number, xid: string, position: string): Cursor => ({
  incarnation,
  xid,
  position,
});

describe('the order of cursors', () => {
  const big = fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String);
  const cursor: fc.Arbitrary<Cursor> = fc.record({
    incarnation: fc.nat(2),
    xid: fc.oneof(fc.constantFrom('9', '10'), big),
    position: fc.oneof(fc.constantFrom('99', '100'), big),
  });

  it('is total, antisymmetric and transitive', () => {
    fc.assert(
      fc.property(cursor, cursor, cursor, (a, b, c) => {
        expect(Math.sign(compareCursors(a, b)) + Math.sign(compareCursors(b, a))).toBe(0);
        expect(compareCursors(a, a)).toBe(0);
        const [x, y, z] = [a, b, c].toSorted(compareCursors);
        expect(x && z && compareCursors(x, z)).toBeLessThanOrEqual(0);
        expect(x && y && compareCursors(x, y)).toBeLessThanOrEqual(0);
        expect(compareCursors(ORIGIN, a)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('looks at incarnation, then transaction, then position, as numbers', () => {
    const order = [at(0, '9', '100'), at(0, '10', '99'), at(0, '10', '100'), at(1, '1', '1')];
    expect(order.toReversed().toSorted(compareCursors)).toEqual(order);
  });
});
